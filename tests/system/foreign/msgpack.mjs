// MessagePack as schemas/wire.md limits it. Whole numbers above 2^53 are BigInt, and only those.

export function pack(value) {
  if (value === null || value === undefined) return Buffer.from([0xc0]);
  if (value === true || value === false) return Buffer.from([value ? 0xc3 : 0xc2]);
  if (typeof value === 'string') return packText(value);
  if (typeof value === 'bigint' || Number.isInteger(value)) return packWhole(BigInt(value));
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(9, 0xcb);
    bytes.writeDoubleBE(value, 1);
    return bytes;
  }
  if (Array.isArray(value)) return Buffer.concat([head(0xdd, value.length), ...value.map(pack)]);
  const entries = Object.entries(value);
  return Buffer.concat([head(0xdf, entries.length), ...entries.flatMap(([key, each]) => [pack(key), pack(each)])]);
}

function packText(text) {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([head(0xdb, bytes.length), bytes]);
}

function packWhole(value) {
  const bytes = Buffer.alloc(9, value < 0n ? 0xd3 : 0xcf);
  if (value < 0n) bytes.writeBigInt64BE(value, 1); else bytes.writeBigUInt64BE(value, 1);
  return bytes;
}

function head(code, count) {
  const bytes = Buffer.alloc(5, code);
  bytes.writeUInt32BE(count, 1);
  return bytes;
}

export function unpack(bytes) {
  let at = 0;
  const take = (count) => bytes.subarray(at, at += count);
  const unsigned = (count) => small(take(count).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n));
  const signed = (count) => small(BigInt.asIntN(8 * count, BigInt(unsigned(count))));
  const text = (count) => take(count).toString('utf8');
  const list = (count) => Array.from({ length: count }, value);
  const map = (count) => Object.fromEntries(Array.from({ length: count }, () => [value(), value()]));
  function value() {
    const code = bytes[at++];
    if (code < 0x80) return code;
    if (code < 0x90) return map(code & 15);
    if (code < 0xa0) return list(code & 15);
    if (code < 0xc0) return text(code & 31);
    if (code >= 0xe0) return code - 256;
    switch (code) {
      case 0xc0: return null;
      case 0xc2: return false;
      case 0xc3: return true;
      case 0xca: return take(4).readFloatBE();
      case 0xcb: return take(8).readDoubleBE();
      case 0xcc: case 0xcd: case 0xce: case 0xcf: return unsigned(1 << (code - 0xcc));
      case 0xd0: case 0xd1: case 0xd2: case 0xd3: return signed(1 << (code - 0xd0));
      case 0xd9: case 0xda: case 0xdb: return text(Number(unsigned(1 << (code - 0xd9))));
      case 0xdc: case 0xdd: return list(Number(unsigned(2 << (code - 0xdc))));
      case 0xde: case 0xdf: return map(Number(unsigned(2 << (code - 0xde))));
      default: throw new Error(`no value that the page allows: ${code}`);
    }
  }
  return value();
}

function small(value) {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER) ? Number(value) : value;
}
