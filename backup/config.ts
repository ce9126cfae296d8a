import { z } from 'zod';

const keepRules = (what: string, recent: number, daily: number, weekly: number) =>
  z
    .strictObject({
      recent: z.int().min(1).max(1000).default(recent).describe(`how many of the newest ${what} are kept`),
      daily: z
        .int()
        .min(0)
        .max(366)
        .default(daily)
        .describe(`of how many days the last of the ${what} is kept`),
      weekly: z
        .int()
        .min(0)
        .max(53)
        .default(weekly)
        .describe(`of how many weeks the last of the ${what} is kept`),
    })
    .prefault({});

/** What is kept of backups, and for how long. */
export const backupConfig = z
  .strictObject({
    rtoS: z
      .number()
      .positive()
      .max(86_400)
      .default(60)
      .describe('recovery time objective in seconds: in it a drill should have both stores answering'),
    rpoS: z
      .number()
      .positive()
      .max(604_800)
      .default(3600)
      .describe('recovery point objective in seconds: the newest cut should not be older'),
    retention: z
      .strictObject({ backups: keepRules('backups', 4, 7, 3), cuts: keepRules('cuts', 10, 7, 4) })
      .prefault({}),
  })
  .prefault({});

export type BackupConfig = z.output<typeof backupConfig>;
