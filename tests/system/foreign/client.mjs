// A client in JavaScript, written from schemas/wire.md alone: node client.mjs ADDRESS ENDPOINT TYPE BODY
// Prints what comes, one JSON object a line, until the request ends.
import { pack, unpack } from './msgpack.mjs';
import { Dealer } from './zmtp.mjs';

const REQUEST = 1, ENDED = 19, REFUSED = 20;
const NAMES = { 16: 'accepted', 17: 'progress', 18: 'result', 19: 'ended', 20: 'refused', 21: 'report' };

const [address, endpoint, type, text] = process.argv.slice(2);
const dealer = new Dealer(address);
// A seed may be above 2^53: such a number is written as "123n".
const body = JSON.parse(text, (_, value) => (/^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value));
dealer.send([pack({ v: 1, k: REQUEST, i: 1, e: endpoint, t: type, o: 'ann' }), pack(body)]);
for (;;) {
  const [header, frame] = (await dealer.receive()).map((each, i) => (i < 2 ? unpack(each) : each));
  if (!(header.k in NAMES)) continue;  // a beat wants no answer, and nor does what is not known
  const shown = { kind: NAMES[header.k], header, body: frame ?? {} };
  console.log(JSON.stringify(shown, (_, value) => (typeof value === 'bigint' ? `${value}n` : value)));
  if (header.k === ENDED || header.k === REFUSED) break;
}
dealer.close();
