// A DEALER socket of ZMTP 3.0 without keys, over a Unix socket or TCP: what a ZeroMQ module would do.
import net from 'node:net';

const GREETING = Buffer.concat([
  Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0]), Buffer.from('NULL'.padEnd(20, '\0')), Buffer.alloc(32)]);

function frame(flags, body) {
  if (body.length < 256) return Buffer.concat([Buffer.from([flags, body.length]), body]);
  const header = Buffer.alloc(9);
  header[0] = flags | 2;
  header.writeBigUInt64BE(BigInt(body.length), 1);
  return Buffer.concat([header, body]);
}

const READY = frame(4, Buffer.concat([
  Buffer.from('\x05READY'), Buffer.from('\x0bSocket-Type'), Buffer.from([0, 0, 0, 6]), Buffer.from('DEALER')]));

export class Dealer {
  #address; #socket; #bytes; #greeted; #open = false; #unsent = []; #frames = []; #messages = []; #waiting = [];

  constructor(address) {
    this.#address = address;
    this.#connect();
  }

  // Again when the other side hangs up before it is ready: it waits two seconds for a greeting, and a host may be slow.
  #connect() {
    const path = this.#address.replace(/^ipc:\/\//, '');
    this.#bytes = Buffer.alloc(0);
    this.#greeted = false;
    this.#socket = net.connect(path === this.#address ? tcpOf(this.#address) : { path });
    this.#socket.on('data', (bytes) => this.#take(bytes));
    this.#socket.on('error', (error) => { console.error(String(error)); process.exit(1); });
    this.#socket.on('end', () => { if (!this.#open) this.#connect(); });
    this.#socket.write(GREETING);
    this.#socket.write(READY);
  }

  send(frames) {
    if (!this.#open) return this.#unsent.push(frames);
    frames.forEach((body, i) => this.#socket.write(frame(i + 1 < frames.length ? 1 : 0, body)));
  }

  receive() {
    if (this.#messages.length > 0) return Promise.resolve(this.#messages.shift());
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close() { this.#socket.end(); }

  #take(bytes) {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    if (!this.#greeted) {
      if (this.#bytes.length < 64) return;
      this.#greeted = true;
      this.#bytes = this.#bytes.subarray(64);
    }
    for (let found = this.#next(); found; found = this.#next()) this.#read(found);
  }

  #next() {
    const bytes = this.#bytes;
    const long = bytes.length > 0 && (bytes[0] & 2) !== 0;
    const start = long ? 9 : 2;
    if (bytes.length < start) return null;
    const size = long ? Number(bytes.readBigUInt64BE(1)) : bytes[1];
    if (bytes.length < start + size) return null;
    this.#bytes = bytes.subarray(start + size);
    return { flags: bytes[0], body: bytes.subarray(start, start + size) };
  }

  #ready() {
    this.#open = true;
    this.#unsent.splice(0).forEach((frames) => this.send(frames));
  }

  #read({ flags, body }) {
    if (flags & 4) return this.#ready();
    this.#frames.push(body);
    if (flags & 1) return;
    const message = this.#frames;
    this.#frames = [];
    const resolve = this.#waiting.shift();
    if (resolve) resolve(message); else this.#messages.push(message);
  }
}

function tcpOf(address) {
  const [, host, port] = /^tcp:\/\/(.*):(\d+)$/.exec(address);
  return { host, port: Number(port) };
}
