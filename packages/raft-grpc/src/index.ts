// For users
export type { CertificateExpiry } from './certificate-expiry.ts';
export { GrpcTransport, type GrpcTransportOptions } from './grpc-transport.ts';
export { TlsConfig, type TlsFiles, type TlsReload } from './tls-config.ts';

// For implementers
export { wireCopy } from './wire-copy.ts';
