import { once } from 'node:events';
import { request } from 'node:http';
import { agentSocket } from './backupLayout.ts';
import { SlaError } from './errors.ts';
import type { Host } from './host.ts';

/** What the agent answered. */
export interface AgentAnswer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * Asks the agent over its socket on docker. A refusal is an answer. Error: `agent-away`, when nobody listens there
 * or no answer comes.
 */
export async function askAgent(
  docker: Host,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<AgentAnswer> {
  try {
    const stream = await docker.connect(agentSocket);
    const headers = { host: 'agent', connection: 'close', 'content-type': 'application/json' };
    const asked = request({ method, path, headers, createConnection: () => stream, timeout: answerMs });
    asked.on('timeout', () => asked.destroy(new Error(`no answer for ${answerMs / 1000} s`)));
    asked.end(body === undefined ? undefined : JSON.stringify(body));
    const [response] = await once(asked, 'response');
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += chunk;
    return { status: response.statusCode, body: JSON.parse(text) };
  } catch (thrown) {
    throw new SlaError('agent-away', 'the agent on docker does not answer', {
      cause: thrown,
      remedy:
        'look with "./sla ssh docker systemctl status sla-agent"; "./sla converge docker" brings it there',
    });
  }
}

const answerMs = 5000;
