import { describe, expect, it } from 'vitest';
import { diallingProblem, handshakeProblem } from './tls-problem.ts';

describe('a failed handshake with a node says what to change', () => {
  it.each([
    ['Error: certificate has expired', /has expired: renew it there/],
    ['Error: certificate is not yet valid', /compare the clocks/],
    ['Error: self-signed certificate in certificate chain', /do not trust: put its authority into caFile/],
    ['Error: unable to verify the first certificate', /do not trust/],
    ['error:0A00010B:SSL routines:tls_validate_record_header:wrong version number', /speaks plain text/],
    ['SSL routines:ssl3_read_bytes:tlsv13 alert certificate required', /we showed none/],
    ['SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca', /does not trust our certificate/],
    [
      "Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match certificate's altnames: Host: op-1.op. is not in the cert's altnames: DNS:op-2.op. Resolution note: ",
      /shows a certificate for DNS:op-2\.op: issue one for op-1\.op/,
    ],
  ])('%s', (details, says) => {
    expect(diallingProblem(`No connection established. Last error: ${details}`)).toMatch(says);
  });

  it.each(['connect ECONNREFUSED 10.0.0.7:8080', 'Failed to connect', 'read ECONNRESET'])(
    'and %s is none of its business',
    (details) => {
      expect(diallingProblem(`No connection established. Last error: ${details}`)).toBeUndefined();
    },
  );
});

describe('a failed handshake of a client says what to change', () => {
  it.each([
    ['CERT_HAS_EXPIRED', /has expired: renew it there/],
    ['CERT_NOT_YET_VALID', /compare the clocks/],
    ['ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE', /shows no certificate: use mtls there too/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /do not trust: put its authority into caFile/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', /speaks plain text and we speak TLS/],
    ['ERR_SSL_HTTP_REQUEST', /speaks plain text and we speak TLS/],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', /does not trust our certificate/],
    ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', /our certificate has expired: renew it here/],
    ['ERR_SSL_SOMETHING_NEW', /failed the handshake: ERR_SSL_SOMETHING_NEW/],
  ])('%s', (code, says) => {
    expect(handshakeProblem(code, 'text of OpenSSL')).toMatch(says);
  });

  it('one that merely went away, as a port check does, is no problem', () => {
    expect(handshakeProblem('ECONNRESET', 'socket hang up')).toBeUndefined();
  });
});
