/** Mutual TLS between three real nodes: who is let in, what the others say about who is not, and certificates that change. */
import { TlsConfig } from '@k8sop/operator';
import { beforeAll, describe, expect, it } from 'vitest';
import { Authority, type SecretContent, writeTrust } from './certificates.ts';
import { startNodeOfVersion } from './node-of-another-version.ts';
import { dnsName, issuerSeenBy, propose, SecuredNodes, signal } from './secured-nodes.ts';

let ours: Authority;
let theirs: Authority;

beforeAll(async () => {
  ours = await Authority.create('ours');
  theirs = await Authority.create('theirs');
});

interface Fault {
  readonly fault: string;
  readonly secret: () => SecretContent;
  /** Which node tells what. */
  readonly says: readonly (readonly [ordinal: number, text: RegExp])[];
}

/** What the nodes said, but for a count of members that is even until the third has joined. */
function complaints(nodes: SecuredNodes): string[] {
  return nodes.problems.flat().filter((text) => !/^\d members \(/.test(text));
}

describe('three nodes with mutual TLS', () => {
  it('elect a leader whose commands commit, and complain about nothing', async () => {
    await using nodes = await SecuredNodes.start(ours);
    expect(await nodes.leader.propose(Buffer.from('command'))).toEqual(new Uint8Array(0));
    expect(complaints(nodes)).toEqual([]);
  }, 120_000);
});

describe('a node that is not who it should be stays out until it is put right', () => {
  const good = (): SecretContent => ({ signer: ours, trusts: [ours], names: [dnsName(2)] });

  it.each<Fault>([
    {
      fault: 'of another authority',
      secret: () => ({ ...good(), signer: theirs, trusts: [theirs] }),
      says: [[2, /node \d shows a certificate of an authority that we do not trust: put its authority into caFile/]],
    },
    {
      fault: 'that trusts us, signed by somebody else',
      secret: () => ({ ...good(), signer: theirs }),
      says: [[0, /the client at 127\.0\.0\.1 shows a certificate of an authority that we do not trust/]],
    },
    {
      fault: 'with the certificate of another pod',
      secret: () => ({ ...good(), names: [dnsName(7)] }),
      says: [
        [
          0,
          /node 3 must show a certificate for nodes-2\.\S+, and shows one for DNS:nodes-7\.\S+: issue one for that name/,
        ],
        [2, /node 1 refused us: node 3 must show a certificate for nodes-2\.nodes-raft\.prod\.svc\.cluster\.local/],
      ],
    },
  ])(
    '$fault',
    async ({ secret, says }) => {
      await using nodes = await SecuredNodes.start(ours);
      await nodes.node(2).shutdown();
      await nodes.until(() => nodes.leader.status().role === 'leader');
      await nodes.secret(2, secret());
      const outsider = await nodes.open(2);
      const joining = outsider.bootstrapOrJoin();
      for (const [ordinal, text] of says) await nodes.told(ordinal, text);
      const { term, id } = nodes.leader.status();
      await nodes.leader.propose(Buffer.from('command')); // the others work on
      expect(outsider.status().configuration.voters).toEqual([]);

      await nodes.secret(2, good()); // as a mounted Secret changes: nobody restarts
      await joining;
      await nodes.until(() => nodes.leader.cluster.members().filter(({ role }) => role === 'voter').length === 3);
      expect(nodes.leader.status()).toMatchObject({ term, id });
    },
    120_000,
  );

  it('without TLS', async () => {
    await using nodes = await SecuredNodes.start(ours);
    await nodes.node(2).shutdown();
    await nodes.until(() => nodes.leader.status().role === 'leader');
    const stop = new AbortController();
    const outsider = await nodes.open(2, TlsConfig.disabled());
    const joining = outsider.bootstrapOrJoin({ signal: stop.signal }).catch((error: Error) => error.message);
    const says =
      /the client at 127\.0\.0\.1 speaks plain text and we speak TLS: configure the same TLS mode on every node/;
    await nodes.told(0, says);
    await nodes.leader.propose(Buffer.from('command'));
    stop.abort(new Error('seen enough'));
    expect(await joining).toBe('seen enough');
  }, 120_000);

  it('with an expired certificate does not even begin, and names the file', async () => {
    await using nodes = await SecuredNodes.start(ours);
    await nodes.node(2).shutdown();
    await nodes.secret(2, { ...good(), validForMs: -60_000 });
    const outsider = await nodes.open(2);
    await expect(outsider.bootstrapOrJoin()).rejects.toMatchObject({
      code: 'RAFT_INVALID_OPTION',
      message: expect.stringMatching(/tls certFile \S+tls\.crt expired on .*; renew it/),
    });
    await nodes.until(() => nodes.leader.status().role === 'leader');
    await nodes.leader.propose(Buffer.from('command'));
  }, 120_000);
});

describe('P12: authority and certificates are replaced under traffic', () => {
  it('without a change of leader, a lost command or a complaint', async () => {
    await using nodes = await SecuredNodes.start(ours);
    const { term, id } = nodes.leader.status();
    const stop = new AbortController();
    const proposing = propose(nodes, stop.signal);
    const [old, next] = [await ours.issue([dnsName(9)]), await theirs.issue([dnsName(9)])];
    const everywhere = async (change: (ordinal: number) => Promise<void>): Promise<void> => {
      await Promise.all([0, 1, 2].map(change));
    };
    const eachSees = (caller: typeof old, issuer: string | undefined): Promise<void> =>
      nodes.until(async () => {
        const seen = await Promise.all([0, 1, 2].map((ordinal) => issuerSeenBy(nodes.portOf(ordinal), caller)));
        return seen.every((one) => one === issuer);
      });

    await eachSees(next, undefined);
    await everywhere((ordinal) => writeTrust(nodes.secretOf(ordinal), [ours, theirs]));
    await eachSees(next, 'CN=ours');
    await everywhere((ordinal) =>
      nodes.secret(ordinal, { signer: theirs, trusts: [ours, theirs], names: [dnsName(ordinal)] }),
    );
    await eachSees(old, 'CN=theirs');
    await everywhere((ordinal) => writeTrust(nodes.secretOf(ordinal), [theirs]));
    await eachSees(old, undefined);

    stop.abort();
    expect(await proposing).toBeGreaterThan(10);
    expect(nodes.leader.status()).toMatchObject({ term, id });
    expect(complaints(nodes).filter((text) => !text.startsWith('the client at'))).toEqual([]); // those are the test's own calls
  }, 120_000);
});

describe('a node of another version', () => {
  it('that speaks ours too replaces one under way, without a change of leader', async () => {
    await using nodes = await SecuredNodes.start(ours);
    await nodes.node(2).shutdown();
    await nodes.until(() => nodes.leader.status().role === 'leader');
    const { term, id } = nodes.leader.status();
    await using newer = await startNodeOfVersion(3, { protocolMin: 1, protocolMax: 2 }, nodes.transportOf(2));
    await nodes.until(async () => (await newer.driver.join(id, { signal })).type === 'joined');
    await nodes.leader.propose(Buffer.from('command'));
    await nodes.until(() => newer.applied.includes('command'));
    await nodes.until(() => nodes.leader.cluster.members().filter(({ role }) => role === 'voter').length === 3);
    expect(nodes.leader.status()).toMatchObject({ term, id });
  }, 120_000);

  it('that no longer speaks ours is refused, and the others go on', async () => {
    await using nodes = await SecuredNodes.start(ours);
    await nodes.node(2).shutdown();
    await nodes.until(() => nodes.leader.status().role === 'leader');
    const { term, id } = nodes.leader.status();
    await using newer = await startNodeOfVersion(3, { protocolMin: 2, protocolMax: 3 }, nodes.transportOf(2));
    const says = 'speaks protocol 2-3, we speak 1-1: upgrade by one version at a time';
    await nodes.until(async () => {
      await newer.driver.join(id, { signal }); // its identity is as good as any; its streams are another matter
      return nodes.problems.flat().some((text) => text.includes(says));
    });
    await nodes.leader.propose(Buffer.from('command'));
    expect(newer.applied).toEqual([]);
    expect(nodes.leader.status()).toMatchObject({ term, id });
  }, 120_000);
});
