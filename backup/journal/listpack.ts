/** The entries of a listpack, Redis' packed form of a short list, as text. */
export function listpackEntries(bytes: Buffer): readonly string[] {
  const entries: string[] = [];
  for (let at = 6; bytes[at] !== 0xff; ) {
    const { text, size } = entryAt(bytes, at);
    entries.push(text);
    at += size + backLength(size);
  }
  return entries;
}

function entryAt(bytes: Buffer, at: number): { readonly text: string; readonly size: number } {
  const first = bytes.readUInt8(at);
  if (first < 0x80) return { text: `${first}`, size: 1 };
  if (first < 0xc0) return textAt(bytes, at, 1, first & 0x3f);
  if (first < 0xe0) {
    const value = ((first & 0x1f) << 8) | bytes.readUInt8(at + 1);
    return { text: `${value < 4096 ? value : value - 8192}`, size: 2 };
  }
  if (first < 0xf0) return textAt(bytes, at, 2, ((first & 0x0f) << 8) | bytes.readUInt8(at + 1));
  if (first === 0xf0) return textAt(bytes, at, 5, bytes.readUInt32LE(at + 1));
  const width = { 241: 2, 242: 3, 243: 4 }[first];
  if (width !== undefined) return { text: `${bytes.readIntLE(at + 1, width)}`, size: 1 + width };
  return { text: `${bytes.readBigInt64LE(at + 1)}`, size: 9 };
}

const textAt = (bytes: Buffer, at: number, head: number, length: number) => ({
  text: bytes.toString('utf8', at + head, at + head + length),
  size: head + length,
});

/** Behind each entry stands its size, for who reads backwards: seven bits a byte. */
const backLength = (size: number): number =>
  [127, 16_383, 2_097_151, 268_435_455].filter((max) => size > max).length + 1;

/** What LZF has packed. */
export function unpackLzf(packed: Buffer, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let [from, to] = [0, 0];
  while (from < packed.length) {
    const control = packed.readUInt8(from++);
    if (control < 32) {
      packed.copy(bytes, to, from, from + control + 1);
      [from, to] = [from + control + 1, to + control + 1];
      continue;
    }
    let run = (control >> 5) + 2;
    if (run === 9) run += packed.readUInt8(from++);
    let source = to - ((control & 0x1f) << 8) - packed.readUInt8(from++) - 1;
    // Byte by byte: what is copied may be what was just written.
    for (; run > 0; run -= 1) bytes[to++] = bytes.readUInt8(source++);
  }
  return bytes;
}
