import { describe, expect, it } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { mkdir, readFile, watch, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runInForeground } from '../src/run-in-foreground.js';
import { runCommand, withDirectory } from './run-command.js';

/** A built room that notes what it was started with and exits with 7. */
const NOTES = `
import { writeFileSync } from 'node:fs';
const { NATS_URL, SANDBOX_URL, VENDOR } = process.env;
writeFileSync('note.json', JSON.stringify({ args: process.argv.slice(2), NATS_URL, SANDBOX_URL, VENDOR }));
process.exitCode = 7;
`;

async function buildRoom(root: string, room: string): Promise<void> {
  await mkdir(join(root, room, 'dist', 'src'), { recursive: true });
  await writeFile(join(root, room, 'dist', 'src', 'main.js'), NOTES);
  await writeFile(join(root, 'package.json'), '{"type":"module"}');
}

describe('commands that run parts of the mesh', () => {
  it.each([
    ['openai', 'openai'],
    ['anthropic', 'anthropic'],
    ['google', 'google'],
    ['groq', 'openai-compatible'],
  ])(
    'start the worker of %s with its vendor and the mesh’s address, and pass on its exit code',
    async (vendor, room) => {
      await withDirectory(async (root) => {
        await buildRoom(root, `services/provider-workers/${room}`);
        const { exitCode } = await runCommand(['worker', vendor, '--nats', 'nats://mesh:pw@10.0.0.1:4222'], { root });
        expect(exitCode).toBe(7);
        const note: unknown = JSON.parse(await readFile(join(root, 'note.json'), 'utf8'));
        expect(note).toEqual({ args: [], NATS_URL: 'nats://mesh:pw@10.0.0.1:4222', VENDOR: vendor });
      });
    },
  );

  it('join a worker to the local mesh, its sandbox included, when no other is named', async () => {
    await withDirectory(async (root) => {
      await buildRoom(root, 'services/provider-workers/openai');
      await mkdir(join(root, '.skein'));
      const mesh = { nats_mesh: 'nats://mesh:pw@127.0.0.1:5000', sandbox: 'http://127.0.0.1:5001' };
      await writeFile(join(root, '.skein', 'mesh.json'), JSON.stringify(mesh));
      const readNote = async (): Promise<unknown> => JSON.parse(await readFile(join(root, 'note.json'), 'utf8'));
      await runCommand(['worker', 'openai'], { root });
      expect(await readNote()).toMatchObject({ NATS_URL: mesh.nats_mesh, SANDBOX_URL: mesh.sandbox });
      await runCommand(['worker', 'openai', '--nats', 'nats://other:4222'], { root });
      expect(await readNote()).toEqual({ args: [], NATS_URL: 'nats://other:4222', VENDOR: 'openai' });
    });
  });

  it('serve the rooms that were named, in one process', async () => {
    await withDirectory(async (root) => {
      await buildRoom(root, 'services/standalone');
      await runCommand(['serve', 'orchestrator', 'router'], { root });
      const note: unknown = JSON.parse(await readFile(join(root, 'note.json'), 'utf8'));
      expect(note).toEqual({ args: ['orchestrator', 'router'] });
    });
  });

  it('say what is missing', async () => {
    await withDirectory(async (root) => {
      expect((await runCommand(['worker', 'openai'], { root })).err).toContain('--nats');
      expect((await runCommand(['serve', 'router'], { root })).err).toContain('not built');
    });
  });
});

describe('runInForeground', () => {
  it('hands signals on and answers with what the program made of them', async () => {
    await withDirectory(async (directory) => {
      const script = `
        process.once('SIGTERM', () => setTimeout(() => process.exit(3), 50));
        setInterval(() => {}, 1000);
        (await import('node:fs')).writeFileSync('ready', '');
      `;
      const changes = watch(directory)[Symbol.asyncIterator]();
      const signals = new EventEmitter();
      const firstChange = changes.next();
      const ended = runInForeground(
        { command: process.execPath, args: ['--input-type=module', '-e', script], cwd: directory, environment: {} },
        signals,
        () => 1,
      );
      await firstChange;
      signals.emit('SIGTERM', 'SIGTERM');
      // A second delivery of the same signal would end the program by default, not with its own code.
      signals.emit('SIGTERM', 'SIGTERM');
      expect(await ended).toBe(3);
      expect(signals.listenerCount('SIGTERM')).toBe(0);
      await changes.return?.();
    });
  });

  it('says when there is no such program', async () => {
    const program = { command: '/nonexistent/program', args: [], cwd: '/', environment: {} };
    await expect(runInForeground(program, new EventEmitter())).rejects.toThrow('cannot be started');
  });
});
