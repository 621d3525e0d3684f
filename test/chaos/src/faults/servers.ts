// The backing servers go away, freeze, or have no room left.
import { statfsSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LaunchedServer } from '@skein/servers';
import type { Stage } from '../stage.js';
import type { Fault } from './fault.js';

type Name = keyof Stage['servers']['launched'];

function serverOf({ servers }: Stage, name: Name): LaunchedServer {
  const server = servers.launched[name];
  if (server === undefined) throw new Error(`${name} is not ours to break`);
  return server;
}

const restarted = (name: Name, title: string): Fault => ({
  name: `${title} restarted`,
  strike: (stage) => serverOf(stage, name).restart(),
  heal: async () => undefined,
});

const killed = (name: Name, title: string, lastsMs?: number): Fault => ({
  name: `${title} gone${lastsMs === undefined ? '' : ` for ${lastsMs / 1_000} s`}`,
  ...(lastsMs !== undefined && { lastsMs }),
  strike: (stage) => serverOf(stage, name).kill(),
  heal: (stage) => serverOf(stage, name).start(),
});

const frozen = (name: Name, title: string): Fault => ({
  name: `${title} frozen`,
  strike: async (stage) => serverOf(stage, name).pause(),
  heal: async (stage) => serverOf(stage, name).resume(),
});

/** It cannot write: the disk it stands on has no room. One that gives up over it is started again once there is. */
const diskFull = (name: keyof Stage['smallDisks'], title: string): Fault => ({
  name: `disk of ${title} full`,
  prepare: async ({ smallDisks }) => (smallDisks[name] === null ? { obstacle: 'needs root, for a small tmpfs' } : {}),
  strike: async (stage) => {
    const disk = diskOf(stage, name);
    const { bavail, bsize } = statfsSync(disk);
    try {
      writeFileSync(fillerOn(disk), Buffer.alloc(Number(bavail) * Number(bsize)));
    } catch (error) {
      // Somebody else's byte came first: full is full.
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    }
  },
  heal: async (stage) => {
    unlinkSync(fillerOn(diskOf(stage, name)));
    await serverOf(stage, name).start();
  },
});

function diskOf({ smallDisks }: Stage, name: keyof Stage['smallDisks']): string {
  const disk = smallDisks[name];
  if (disk === null) throw new Error('there is no disk to fill');
  return disk;
}

const fillerOn = (disk: string): string => join(disk, 'filler');

export function serverFaults(postgresAwayMs: number): readonly Fault[] {
  return [
    restarted('nats', 'NATS'),
    killed('nats', 'NATS'),
    frozen('nats', 'NATS'),
    restarted('redis', 'Redis'),
    killed('redis', 'Redis'),
    frozen('redis', 'Redis'),
    restarted('postgres', 'PostgreSQL'),
    killed('postgres', 'PostgreSQL', postgresAwayMs),
    frozen('postgres', 'PostgreSQL'),
    diskFull('nats', 'JetStream'),
    diskFull('postgres', 'PostgreSQL'),
  ];
}
