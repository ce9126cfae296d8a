import { z } from 'zod';

/** The name of three hosts: it begins the names of containers and networks, and is the name of a folder. */
export const shortName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,23}$/, '1 to 24 of a-z, 0-9 and -, starting with a letter');
