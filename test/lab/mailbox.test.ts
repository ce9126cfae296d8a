import { randomUUID } from 'node:crypto';
import { createTransport } from 'nodemailer';
import { describe, expect, it } from 'vitest';
import { docker, eventually, statusOf, testLab } from './lab.ts';

describe("the client's mailbox", () => {
  it.each(['sla@client.example', 'somebody.else@another.example'])('takes a mail to %s', async (to) => {
    const { mailbox } = await statusOf(testLab());
    const subject = `Incident ${randomUUID()}`;
    const transport = createTransport({ host: mailbox.address, port: mailbox.smtpPort, ignoreTLS: true });
    const sent = await transport.sendMail({
      from: 'team@sla.example',
      to,
      subject,
      text: 'It began at 10:00.',
    });
    expect(sent.accepted).toEqual([to]);

    const inMailbox = (...words: readonly string[]) => docker('exec', `${testLab().name}-mailbox`, ...words);
    const file = await eventually(
      'the mail is in the Maildir',
      async () =>
        inMailbox('sh', '-c', `grep -rl '${subject}' /home/client/Maildir/new || true`) || undefined,
    );
    expect(inMailbox('ls', '/home/client/Maildir/new').split('\n')).toContain(file.split('/').at(-1));
    expect(inMailbox('cat', file)).toContain(`To: ${to}`);
  });
});
