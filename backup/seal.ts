import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import { SlaError } from '../core/errors.ts';

/** The text of the key file. */
export type Passphrase = string;

const magic = Buffer.from('SLACUT1\n');
const sizes = { keyId: 8, salt: 16, nonce: 12, tag: 16 } as const;
const headBytes = magic.length + sizes.keyId + sizes.salt + sizes.nonce;

/**
 * A file compressed (zstd) and encrypted (AES-256-GCM, a key of its own): magic, id of the passphrase, salt, nonce,
 * then the bytes and their tag. `name` is bound to it: under another name it does not open.
 */
export async function* sealed(
  plain: AsyncIterable<Buffer>,
  name: string,
  passphrase: Passphrase,
): AsyncIterable<Buffer> {
  const [salt, nonce] = [randomBytes(sizes.salt), randomBytes(sizes.nonce)];
  const cipher = createCipheriv('aes-256-gcm', keyFrom(passphrase, salt), nonce).setAAD(Buffer.from(name));
  yield Buffer.concat([magic, keyIdOf(passphrase), salt, nonce]);
  for await (const chunk of Readable.from(plain).pipe(createZstdCompress())) yield cipher.update(chunk);
  yield cipher.final();
  yield cipher.getAuthTag();
}

/**
 * What was sealed under this name. Nothing of it may be used before the end has come without an error: only then
 * is the tag checked. Errors: `backup-key`; `restore-failed` for what is damaged, cut short or another file.
 */
export async function* unsealed(
  source: AsyncIterable<Buffer>,
  name: string,
  passphrase: Passphrase,
): AsyncIterable<Buffer> {
  const chunks = decrypted(source, name, passphrase);
  const text = Readable.from(chunks);
  const plain = text.pipe(createZstdDecompress());
  text.on('error', (error) => plain.destroy(error));
  try {
    for await (const chunk of plain) yield chunk;
  } catch (thrown) {
    throw thrown instanceof SlaError ? thrown : damaged(name, thrown);
  } finally {
    text.destroy();
  }
}

/** Of a text that everybody may read and nobody may change: hexadecimal. */
export const macOf = (text: string, name: string, passphrase: Passphrase): string =>
  createHmac('sha256', keyFrom(passphrase, Buffer.from('mac')))
    .update(`${name}\n${text}`)
    .digest('hex');

async function* decrypted(source: AsyncIterable<Buffer>, name: string, passphrase: Passphrase) {
  let held = Buffer.alloc(0);
  let decipher: ReturnType<typeof decipherFor> | undefined;
  for await (const chunk of source) {
    held = Buffer.concat([held, chunk]);
    if (!decipher) {
      if (held.length < headBytes) continue;
      decipher = decipherFor(held.subarray(0, headBytes), name, passphrase);
      held = held.subarray(headBytes);
    }
    // The last bytes are the tag, and any could be the last.
    const ready = held.length - sizes.tag;
    if (ready <= 0) continue;
    yield decipher.update(held.subarray(0, ready));
    held = held.subarray(ready);
  }
  if (!decipher || held.length < sizes.tag) throw damaged(name, 'it is cut short');
  try {
    decipher.setAuthTag(held);
    yield decipher.final();
  } catch (thrown) {
    throw damaged(name, thrown);
  }
}

function decipherFor(head: Buffer, name: string, passphrase: Passphrase) {
  let at = 0;
  const take = (bytes: number): Buffer => {
    at += bytes;
    return head.subarray(at - bytes, at);
  };
  if (!take(magic.length).equals(magic)) throw damaged(name, 'it does not begin as such a file does');
  if (!take(sizes.keyId).equals(keyIdOf(passphrase))) throw wrongKey(name);
  const key = keyFrom(passphrase, take(sizes.salt));
  return createDecipheriv('aes-256-gcm', key, take(sizes.nonce)).setAAD(Buffer.from(name));
}

// The passphrase is random and long: nothing is to be gained by a slow derivation.
const keyFrom = (passphrase: Passphrase, salt: Buffer): Buffer =>
  Buffer.from(hkdfSync('sha256', passphrase, salt, 'sla cut', 32));

const keyIdOf = (passphrase: Passphrase): Buffer =>
  Buffer.from(hkdfSync('sha256', passphrase, 'id', 'sla cut', sizes.keyId));

const damaged = (name: string, cause: unknown): SlaError =>
  new SlaError('restore-failed', `${name} is damaged, or is not the file that was kept under this name`, {
    cause,
    remedy: 'choose another one of "./sla backup list"',
  });

const wrongKey = (name: string): SlaError =>
  new SlaError('backup-key', `${name} was encrypted with another key than the one on docker`, {
    remedy: 'put the key it was made with back; follow docs/runbooks/backup-key.md',
  });
