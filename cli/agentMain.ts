import { runAgent } from './agent.ts';
import { agentJobs } from './agentJobs.ts';

void runAgent(process.argv[2] ?? '/etc/sla/agent.json', agentJobs);
