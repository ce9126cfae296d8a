import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Event } from '../../core/events.ts';
import { parseEvent } from '../../core/events.ts';
import type { Ledger } from '../../core/ledger/ledger.ts';
import type { Scheduler } from '../../schedule/scheduler.ts';

const maxBytes = 1_048_576;
const maxEvents = 500;

/** What the CLI asks the agent, over its socket. */
export function agentApi(
  ledger: Pick<Ledger, 'append' | 'after' | 'last'>,
  scheduler: Pick<Scheduler, 'view' | 'runNow'>,
): Hono {
  const api = new Hono();
  api.get('/schedule', (context) => context.json(scheduler.view()));
  api.get('/events', (context) => {
    const after = Number(context.req.query('after') ?? 0);
    if (!Number.isSafeInteger(after) || after < 0)
      return context.json({ error: '"after" is the sequence of an event, or 0' }, 400);
    return context.json({ last: ledger.last(), events: ledger.after(after, maxEvents) });
  });
  api.post(
    '/events',
    bodyLimit({
      maxSize: maxBytes,
      onError: (context) => context.json({ error: `more than ${maxBytes} bytes` }, 413),
    }),
    async (context) => {
      const events = eventsFrom(await context.req.text());
      if (typeof events === 'string') return context.json({ error: events }, 400);
      return context.json({ added: ledger.append(events), known: events.length });
    },
  );
  api.post('/jobs/:name', (context) => {
    const refusal = scheduler.runNow(context.req.param('name'), 'a person');
    if (refusal === undefined) return context.json({ started: context.req.param('name') }, 202);
    return context.json({ error: refusal }, refusal.startsWith('no job') ? 404 : 409);
  });
  api.notFound((context) => context.json({ error: `nothing is at ${context.req.path}` }, 404));
  api.onError((thrown, context) => context.json({ error: thrown.message }, 500));
  return api;
}

/** All of them, or what is wrong with the first that is no event. */
function eventsFrom(text: string): readonly Event[] | string {
  const values = listFrom(text);
  if (typeof values === 'string') return values;
  if (values.length > maxEvents) return `more than ${maxEvents} events at once`;
  const events: Event[] = [];
  for (const [index, value] of values.entries()) {
    const event = parseEvent(value);
    if (typeof event === 'string') return `event ${index}: ${event}`;
    events.push(event);
  }
  return events;
}

function listFrom(text: string): readonly unknown[] | string {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : 'a list of events is expected';
  } catch {
    return 'the body is no JSON';
  }
}
