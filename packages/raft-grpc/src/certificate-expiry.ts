/** When the certificates in use end, for an alert long before. Pure. */
import { X509Certificate } from 'node:crypto';

export interface CertificateExpiry {
  /** The first end among the node's own certificate and the intermediates below it, in ms since 1970. */
  readonly certExpiresAtMs: number;
  /** The end of the authority that issued it. Others in the same file, of a rotation begun or forgotten, do not count. */
  readonly caExpiresAtMs: number;
}

/** Every certificate of a PEM file, in its order. @throws when one is none. */
export function certificatesIn(pem: Buffer): readonly X509Certificate[] {
  const blocks = pem
    .toString('latin1')
    .match(/-----BEGIN (TRUSTED )?CERTIFICATE-----[^-]*-----END (TRUSTED )?CERTIFICATE-----/g);
  return (blocks ?? []).map((block) => new X509Certificate(block));
}

export function certificateExpiry({ cert, ca }: { readonly cert: Buffer; readonly ca: Buffer }): CertificateExpiry {
  const chain = certificatesIn(cert);
  const authorities = certificatesIn(ca);
  const issuers = authorities.filter((authority) => chain.some((member) => member.checkIssued(authority)));
  const ends = (certificates: readonly X509Certificate[]): number[] =>
    certificates.map(({ validTo }) => new Date(validTo).getTime());
  return {
    certExpiresAtMs: Math.min(...ends(chain)),
    caExpiresAtMs: Math.max(...ends(issuers.length > 0 ? issuers : authorities)),
  };
}
