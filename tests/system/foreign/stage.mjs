// A stage in JavaScript, written from schemas/wire.md alone: node stage.mjs ADDRESS DESCRIPTION
// It answers text.v1 with the text in capitals and its `suffix`; "call WORD" asks the route /helped.
import { readFileSync } from 'node:fs';
import { pack, unpack } from './msgpack.mjs';
import { Dealer } from './zmtp.mjs';

const REFUSED = 20, HELLO = 32, READY = 34, EMIT = 35, FAILED = 37, CALL = 38, BEAT = 39, BYE = 40;
const WELCOME = 48, WORK = 49, REPLY = 50;

const [address, description] = process.argv.slice(2);
const dealer = new Dealer(address);
const calls = new Map();  // id of a call -> what to do with its answer
let suffix = '', called = 0;

function send(kind, fields = {}, body = undefined) {
  const frames = [pack({ v: 1, k: kind, ...fields })];
  if (body !== undefined) frames.push(typeof body === 'string' ? Buffer.from(body) : pack(body));
  dealer.send(frames);
}

const hello = () => send(HELLO, {}, {
  name: 'louder', replica: 0, pid: process.pid, plugin: readFileSync(description, 'utf8') });

function answer(work, text) {
  send(EMIT, { i: work.i, j: work.j, t: 'text.v1', s: 0, l: true }, { text });
}

function fail(work, fault) {
  send(FAILED, { i: work.i, j: work.j }, fault);
}

function work(header, { text }) {
  if (!text.startsWith('call ')) return answer(header, text.toUpperCase() + suffix);
  const id = ++called;
  calls.set(id, { answered: (body) => answer(header, body.text + suffix), failed: (fault) => fail(header, fault) });
  const epoch = text.startsWith('call without') ? {} : { a: header.a };
  send(CALL, { i: id, j: header.j, e: '/helped', t: 'text.v1', c: header.i, ...epoch }, { text: text.slice(5) });
}

function take(header, body) {
  switch (header.k) {
    case WELCOME:
      suffix = body.with.suffix ?? '!';
      setInterval(() => send(BEAT), body.beat_ms);
      return send(READY, { c: 4 });
    case WORK: return work(header, body);
    case REPLY: calls.get(header.i)?.answered(body); return calls.delete(header.i);
    case FAILED: calls.get(header.i)?.failed(body); return calls.delete(header.i);
    case REFUSED: console.error(body.cause); return process.exit(1);
  }
}

process.on('SIGTERM', () => { send(BYE); dealer.close(); process.exit(0); });
hello();
for (;;) {
  const [header, body] = await dealer.receive();
  take(unpack(header), body && body.length > 0 ? unpack(body) : {});
}
