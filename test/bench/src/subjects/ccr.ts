/**
 * The server inside claude-code-router, with one provider (the mock vendor) and its log off. Its build for ES modules cannot
 * be loaded (it requires built-in modules dynamically), so the other is. UPSTREAM and PORT in the environment.
 */
import { createRequire } from 'node:module';
import { processEnvironment } from '@skein/config';

interface RouterServer {
  start(): Promise<void>;
}

const { UPSTREAM = '', PORT } = processEnvironment();
const requirePeer = createRequire(new URL('../../peers/package.json', import.meta.url));
const { default: Server } = requirePeer('@musistudio/llms') as { default: new (options: object) => RouterServer };

const provider = {
  name: 'bench',
  api_base_url: `${UPSTREAM}/v1/chat/completions`,
  api_key: 'bench',
  models: ['gpt-bench'],
  transformer: { use: [] },
};
await new Server({
  logger: false,
  useJsonFile: false,
  useEnvFile: false,
  useEnvironmentVariables: false,
  initialConfig: { providers: [provider], HOST: '127.0.0.1', PORT, LOG: false },
}).start();
