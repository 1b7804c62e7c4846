/** Makes gRPC clients to peers: address from discovery, credentials from the TLS configuration, one connection each. */
import { type ChannelOptions, Client, credentials } from '@grpc/grpc-js';
import { type NodeId, type PeerDiscovery, RaftError } from '@k8sop/raft-core';
import type { CertificateFiles } from './certificate-files.ts';

export interface DialerOptions {
  readonly discovery: PeerDiscovery;
  /** Undefined: plain text. */
  readonly certificates: CertificateFiles | undefined;
  /** Whether this side shows a certificate too. */
  readonly mutual: boolean;
  /** The name that a peer's certificate must carry. */
  readonly peerName: ((id: NodeId) => string) | undefined;
}

/** Frames hold one entry of 1 MiB at most, or several that fit 64 KiB. */
export const maxFrameBytes: number = 4 * 1024 * 1024;

/** Both ends notice a dead connection within two seconds; streams that break do so at once. */
export const channelOptions: ChannelOptions = {
  'grpc.keepalive_time_ms': 1_000,
  'grpc.keepalive_timeout_ms': 1_000,
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.max_receive_message_length': maxFrameBytes,
  'grpc.max_send_message_length': maxFrameBytes,
  'grpc.enable_retries': 0,
  'grpc.use_local_subchannel_pool': 1, // closing a client closes its connection
  'grpc.service_config_disable_resolution': 1,
  'grpc.enable_http_proxy': 0, // peers are inside the cluster
};

export class Dialer {
  readonly #options: DialerOptions;

  constructor(options: DialerOptions) {
    this.#options = options;
  }

  /** @throws `RAFT_PEER_UNREACHABLE` while the peer has no known address. Nothing is connected yet. */
  async dial(id: NodeId, signal: AbortSignal): Promise<Client> {
    const { discovery, certificates, mutual, peerName } = this.#options;
    const address = await discovery.resolve(id, { signal });
    if (address === undefined) throw new RaftError('RAFT_PEER_UNREACHABLE', `node ${id} has no known address yet`);
    const host = address.host.includes(':') ? `[${address.host}]` : address.host;
    if (certificates === undefined) {
      return new Client(`${host}:${address.port}`, credentials.createInsecure(), channelOptions);
    }
    const { ca, key, cert } = certificates.current;
    const secured = mutual ? credentials.createSsl(ca, key, cert) : credentials.createSsl(ca);
    const name = peerName?.(id);
    return new Client(`${host}:${address.port}`, secured, {
      ...channelOptions,
      ...(name === undefined ? {} : { 'grpc.ssl_target_name_override': name, 'grpc.default_authority': name }),
    });
  }

  /** The address did not work. */
  failed(id: NodeId): void {
    this.#options.discovery.refresh(id);
  }
}
