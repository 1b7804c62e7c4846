/** A Raft node's settings as plain data: what crosses to the consensus thread. Made by `RaftConfig`, never by hand. */
import type { NodeId } from '@k8sop/raft-core';
import type { TlsConfig } from '@k8sop/raft-grpc/tls-config';

export interface RaftSettings {
  readonly clusterName: string;
  readonly id: NodeId;
  /** StatefulSet whose pods are the members. */
  readonly set: string;
  /** Headless Service of that StatefulSet. */
  readonly service: string;
  readonly namespace: string;
  readonly clusterDomain: string;
  readonly host: string | undefined;
  readonly port: number;
  /** Undefined: memory storage. */
  readonly dataDir: string | undefined;
  readonly onCorruptStorage: 'rejoin' | 'stop';
  readonly tls: TlsConfig;
  readonly electionTimeoutMs: number;
  readonly heartbeatMs: number;
  readonly takeoverGraceMs: number;
  readonly maxVoters: number;
  /** Who founds the cluster: the record's creator, or without Kubernetes the lowest node once all are there. */
  readonly bootstrap: 'record' | 'expect';
  /** Ordinal → host:port; replaces DNS. */
  readonly peers: Readonly<Record<number, string>> | undefined;
}
