import { inspect } from 'node:util';

/** A value that prints as `[secret]` wherever it ends up by mistake. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}

/** What a file is to hold. */
export type Content = string | Secret;

export const textOf = (content: Content): string => (content instanceof Secret ? content.reveal() : content);
