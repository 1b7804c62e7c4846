/** What a failed TLS handshake means for whoever runs the nodes, and what to change. Pure. */

const authority = 'put its authority into caFile, or issue the certificate anew';
const sameMode = 'configure the same TLS mode on every node';

/** Texts of OpenSSL and Node → what is wrong with the server, seen by whoever dialled it. */
const dialling: readonly [pattern: RegExp, says: string][] = [
  [/certificate has expired/, 'shows a certificate that has expired: renew it there'],
  [/certificate is not yet valid/, 'shows a certificate that is not valid yet: compare the clocks of the machines'],
  [
    /self[- ]signed certificate|unable to (verify|get)/,
    `shows a certificate of an authority that we do not trust: ${authority}`,
  ],
  [/wrong version number|packet length too long/, `speaks plain text and we speak TLS: ${sameMode}`],
  [/alert certificate required/, 'wants our certificate and we showed none: use mtls here too'],
  [
    /alert unknown ca|alert bad certificate|alert certificate/,
    'does not trust our certificate: put our authority into its caFile',
  ],
];

/** The node's fault in words that follow "node 3"; undefined when its TLS is not the reason. */
export function diallingProblem(details: string): string | undefined {
  const names = /is not in the cert's altnames: (.*?)(?:\. Resolution|$)/.exec(details)?.[1];
  if (/ERR_TLS_CERT_ALTNAME_INVALID/.test(details)) {
    const wanted = /Host: (\S+?)\.? is not/.exec(details)?.[1] ?? 'its stable DNS name';
    return `shows a certificate for ${names ?? 'no name'}: issue one for ${wanted}`;
  }
  return dialling.find(([pattern]) => pattern.test(details))?.[1];
}

/** Codes of OpenSSL and Node → what is wrong with a client. */
const accepting: readonly [pattern: RegExp, says: string][] = [
  [/^CERT_HAS_EXPIRED$/, 'shows a certificate that has expired: renew it there'],
  [/^CERT_NOT_YET_VALID$/, 'shows a certificate that is not valid yet: compare the clocks of the machines'],
  [/DID_NOT_RETURN_A_CERTIFICATE/, 'shows no certificate: use mtls there too'],
  [/^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/, `shows a certificate of an authority that we do not trust: ${authority}`],
  [/WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH_TOO_LONG/, `speaks plain text and we speak TLS: ${sameMode}`],
  [/ALERT_UNKNOWN_CA|ALERT_BAD_CERTIFICATE/, 'does not trust our certificate: put our authority into its caFile'],
  [/ALERT_CERTIFICATE_EXPIRED/, 'says that our certificate has expired: renew it here'],
];

/** The client's fault in words that follow "the client at 10.0.0.7"; undefined for one that merely went away. */
export function handshakeProblem(code: string, message: string): string | undefined {
  if (code === 'ECONNRESET' || code === 'EPIPE') return undefined; // a port check, or it did not trust us and says so itself
  return accepting.find(([pattern]) => pattern.test(code))?.[1] ?? `failed the handshake: ${code || message}`;
}
