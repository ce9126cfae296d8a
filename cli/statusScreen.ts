import { styleText } from 'node:util';
import { components } from '../core/application.ts';
import type { ComponentState, HostState } from '../monitor/types.ts';

export interface Status {
  readonly target: string;
  readonly lab: string;
  readonly hosts: readonly HostState[];
  readonly components: readonly ComponentState[];
  readonly monitoring: { readonly prometheus: { readonly up: boolean; readonly reason?: string } };
  readonly urls: { readonly vote: string; readonly result: string; readonly prometheus: string };
  readonly mailbox?: { readonly address: string; readonly smtpPort: number };
}

type Style = 'green' | 'red' | 'yellow' | 'dim' | 'bold';

/** The one screen that a person reads first. */
export function renderStatus(status: Status, tookMs: number, hasColour: boolean): string {
  const paint = (style: Style, text: string) => (hasColour ? styleText(style, text) : text);
  const mark = (up: boolean) => (up ? paint('green', '●') : paint('red', '○'));
  const headline = headlineOf(status);
  const hostLines = status.hosts.map(
    ({ name, address, reachable, reason }) =>
      `  ${mark(reachable)} ${name.padEnd(8)} ${address.padEnd(15)}${reason ? paint('red', `  ${reason}`) : ''}`,
  );
  const componentLines = status.components.map(({ name, host, up, reason, affects = [] }) => {
    const port = components.find((component) => component.name === name)?.port;
    const place = port === undefined ? host : `${host}:${port}`;
    const trouble = up
      ? ''
      : paint('red', `  ${reason}`) +
        (affects.length > 0 ? paint('yellow', `; affects ${affects.join(', ')}`) : '');
    return `  ${mark(up)} ${name.padEnd(8)} ${paint('dim', place.padEnd(15))}${trouble}`;
  });
  const { prometheus } = status.monitoring;
  const monitoringTrouble = prometheus.reason ? paint('red', `  ${prometheus.reason}`) : '';
  return [
    `${paint('bold', `SLA Lab · ${status.lab}`)}  ${paint(headline.style, headline.text)}  ${paint('dim', `${Math.round(tookMs)} ms`)}`,
    '',
    paint('dim', 'Hosts'),
    ...hostLines,
    '',
    paint('dim', 'Application'),
    ...componentLines,
    '',
    paint('dim', 'Monitoring'),
    `  ${mark(prometheus.up)} ${'prometheus'.padEnd(24)}${monitoringTrouble}`,
    '',
    paint('dim', 'Open'),
    `  vote        ${status.urls.vote}`,
    `  result      ${status.urls.result}`,
    `  prometheus  ${status.urls.prometheus}`,
    ...(status.mailbox ? [`  mailbox     smtp://${status.mailbox.address}:${status.mailbox.smtpPort}`] : []),
  ].join('\n');
}

function headlineOf({ target, lab, hosts, components: found, monitoring }: Status): {
  style: Style;
  text: string;
} {
  if (hosts.every(({ reachable }) => !reachable))
    return { style: 'red', text: target === 'adopted' ? 'no host answers: run "./sla doctor"' : notUp(lab) };
  const down = [
    ...hosts.filter(({ reachable }) => !reachable).map(({ name }) => `host ${name}`),
    ...found.filter(({ up }) => !up).map(({ name }) => name),
    // Nothing puts it on adopted hosts yet.
    ...(monitoring.prometheus.up || target === 'adopted' ? [] : ['prometheus']),
  ];
  if (down.length === 0) return { style: 'green', text: 'all up' };
  return { style: 'red', text: `down: ${down.join(', ')}` };
}

const notUp = (lab: string): string => `not up: run "./sla up${lab === 'sla' ? '' : ` --lab ${lab}`}"`;
