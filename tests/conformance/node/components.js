// Real servers and clients around proxyd: Node's http2, ws and gRPC. node_components.py starts this with the ports of proxyd on its
// standard input once the servers' ports are known (they are printed first).
'use strict';
const http = require('http');
const http2 = require('http2');
const readline = require('readline');
const grpc = require('@grpc/grpc-js');
const WebSocket = require('ws');

const json = { serialize: (value) => Buffer.from(JSON.stringify(value)), deserialize: (data) => JSON.parse(data) };
const method = (name, requestStream, responseStream) => ({
  path: `/test.Talk/${name}`, requestStream, responseStream, requestSerialize: json.serialize, requestDeserialize: json.deserialize,
  responseSerialize: json.serialize, responseDeserialize: json.deserialize,
});
const service = { unary: method('unary', false, false), down: method('down', false, true), up: method('up', true, false), both: method('both', true, true) };
const Client = grpc.makeGenericClientConstructor(service, 'Talk');

// ---- servers
function webServer() {
  const server = http.createServer((request, response) => {
    if (request.url === '/trailers') {
      response.writeHead(200, { Trailer: 'x-sum' });
      response.write('abc');
      response.addTrailers({ 'x-sum': '3' });
      response.end();
      return;
    }
    response.setHeader('x-seen', `${request.method} ${request.url} ${request.headers.host} ${request.headers['x-extra']}`);
    response.on('error', () => {});
    request.pipe(response);
  });
  const sockets = new WebSocket.Server({ server, perMessageDeflate: false });
  sockets.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.on('message', (data, binary) => (String(data) === 'bye' ? socket.close(4001, 'as you say') : socket.send(data, { binary })));
  });
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server.address().port)));
}

function grpcServer() {
  const server = new grpc.Server({ 'grpc.max_receive_message_length': -1 });
  server.addService(service, {
    unary(call, done) {
      const trailers = new grpc.Metadata();
      trailers.set('x-trailer', 'tail');
      trailers.set('x-bin-bin', Buffer.from([0, 255, 7]));
      if (call.request.fail) {
        done({ code: call.request.fail, details: 'as you say: \u00e4', metadata: trailers });
      } else if (!call.request.never) {
        const head = new grpc.Metadata();
        head.set('x-head', String(call.metadata.get('x-extra')[0]));
        call.sendMetadata(head);
        done(null, { got: call.request }, trailers);
      }
    },
    down(call) {
      for (let at = 0; at < call.request.count; at++) call.write({ at, text: 'x'.repeat(call.request.size || 1) });
      call.end();
    },
    up(call, done) {
      let sum = 0;
      call.on('data', (each) => { sum += each.add; });
      call.on('end', () => done(null, { sum }));
    },
    both(call) {
      call.on('data', (each) => call.write({ echo: each }));
      call.on('end', () => call.end());
      call.on('error', () => {});
    },
  });
  return new Promise((done, fail) => server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (fault, port) => (fault ? fail(fault) : done(port))));
}

// ---- tests
const TESTS = [];
const test = (name, run) => TESTS.push([name, run]);
const expect = (what, seen, wanted) => {
  const [one, other] = [JSON.stringify(seen), JSON.stringify(wanted)];
  if (one !== other) throw new Error(`${what}: ${one.slice(0, 200)}, wanted ${other.slice(0, 200)}`);
};

function ask(session, headers, body) {
  return new Promise((done, fail) => {
    const stream = session.request(headers, { endStream: body === undefined });
    const answer = { body: '', size: 0 };
    stream.on('response', (fields) => { answer.fields = fields; });
    stream.on('trailers', (fields) => { answer.trailers = { ...fields }; });
    stream.on('data', (piece) => { answer.size += piece.length; if (answer.size < 1000) answer.body += piece; });
    stream.on('end', () => done(answer));
    stream.on('error', fail);
    if (body !== undefined) stream.end(body);
  });
}

function withSession(url, run) {
  return async (ports) => {
    const session = http2.connect(url(ports), { rejectUnauthorized: false });
    let ended;
    session.on('error', (fault) => { ended = fault; });
    try {
      await new Promise((done) => { session.once('connect', done); session.once('close', done); });
      if (ended) throw ended;
      await run(session);
    } finally {
      session.destroy();
    }
  };
}

const WAYS = { 'TLS': (ports) => `https://127.0.0.1:${ports.tls}`, 'in clear': (ports) => `http://127.0.0.1:${ports.clear}` };
for (const [way, url] of Object.entries(WAYS)) {
  test(`http2 ${way}: GET`, withSession(url, async (session) => {
    const answer = await ask(session, { ':path': '/a?b=c', 'x-extra': 'e', ':authority': 'here.example' });
    expect('status', answer.fields[':status'], 200);
    expect('seen', answer.fields['x-seen'], 'GET /a?b=c here.example e');
  }));
  test(`http2 ${way}: a body of 2 MB comes back`, withSession(url, async (session) => {
    const answer = await ask(session, { ':path': '/', ':method': 'POST' }, Buffer.alloc(2000000, 'x'));
    expect('size', answer.size, 2000000);
  }));
  test(`http2 ${way}: a hundred requests at once`, withSession(url, async (session) => {
    const answers = await Promise.all([...Array(100).keys()].map((at) => ask(session, { ':path': `/${at}`, ':method': 'POST' }, `body ${at}`)));
    answers.forEach((answer, at) => expect('body', answer.body, `body ${at}`));
  }));
  test(`http2 ${way}: trailers`, withSession(url, async (session) => {
    const answer = await ask(session, { ':path': '/trailers', te: 'trailers' });
    expect('trailers', answer.trailers && answer.trailers['x-sum'], '3');
  }));
  test(`http2 ${way}: a stream that the client cancels leaves the others alone`, withSession(url, async (session) => {
    const stream = session.request({ ':path': '/', ':method': 'POST' }, { endStream: false });
    stream.on('error', () => {});
    stream.write('abc');
    stream.close(http2.constants.NGHTTP2_CANCEL);
    expect('status', (await ask(session, { ':path': '/' })).fields[':status'], 200);
  }));
  test(`http2 ${way}: ping and settings`, withSession(url, async (session) => {
    await new Promise((done, fail) => session.ping((fault) => (fault ? fail(fault) : done())));
    await new Promise((done, fail) => session.settings({ initialWindowSize: 1000 }, (fault) => (fault ? fail(fault) : done())));
    expect('size', (await ask(session, { ':path': '/', ':method': 'POST' }, Buffer.alloc(100000))).size, 100000);
    expect('extended CONNECT', session.remoteSettings.enableConnectProtocol, true);
  }));
  test(`WebSocket through HTTP/2 ${way}`, withSession(url, async (session) => {
    if (!session.remoteSettings.enableConnectProtocol) await new Promise((done) => session.once('remoteSettings', done));
    const stream = session.request({ ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/ws', 'sec-websocket-version': '13' });
    const fields = await new Promise((done, fail) => { stream.on('response', done); stream.on('error', fail); });
    expect('status', fields[':status'], 200);
    stream.setNoDelay = () => {};
    const socket = new WebSocket(null, undefined, { autoPong: true, perMessageDeflate: false });
    socket._isServer = false;  // ws takes what has no address for a server's
    socket.setSocket(stream, Buffer.alloc(0), { maxPayload: 1 << 24, skipUTF8Validation: false });
    await talk(socket);
  }));
}

/// Texts, binary data and a ping, there and back; the server ends it.
function talk(socket) {
  return new Promise((done, fail) => {
    const large = Buffer.alloc(1 << 20, 7);
    let step = 0;
    const next = (data) => {
      step += 1;
      if (step === 1) socket.send('hello');
      else if (step === 2 && String(data) === 'hello') socket.send(large);
      else if (step === 3 && large.equals(data)) socket.ping('there?');
      else if (step === 4 && String(data) === 'there?') socket.send('bye');
      else fail(new Error(`step ${step}: ${String(data).slice(0, 50)}`));
    };
    socket.on('message', next);
    socket.on('pong', next);
    socket.on('error', fail);
    socket.on('close', (code, reason) => (code === 4001 && String(reason) === 'as you say' ? done() : fail(new Error(`closed ${code} ${reason}`))));
    if (socket.readyState === WebSocket.OPEN) next(); else socket.on('open', () => next());
  });
}

test('WebSocket through HTTP/1 in clear', (ports) => talk(new WebSocket(`ws://127.0.0.1:${ports.h1}/ws`, { perMessageDeflate: false })));
test('WebSocket through HTTP/1, TLS', (ports) => talk(new WebSocket(`wss://127.0.0.1:${ports.tls}/ws`, { rejectUnauthorized: false, perMessageDeflate: false })));

const credentials = { 'in clear': () => grpc.credentials.createInsecure(), 'TLS': () => grpc.credentials.createSsl(null, null, null, { checkServerIdentity: () => undefined, rejectUnauthorized: false }) };
const GRPC_PORTS = { 'in clear': 'grpc', 'TLS': 'grpcTls' };
for (const way of ['in clear', 'TLS']) {
  const withClient = (run) => async (ports) => {
    const client = new Client(`127.0.0.1:${ports[GRPC_PORTS[way]]}`, credentials[way](), { 'grpc.max_receive_message_length': -1 });
    try {
      await run(client);
    } finally {
      client.close();
    }
  };
  const collect = (call) => new Promise((done, fail) => {
    const got = [];
    call.on('data', (each) => got.push(each));
    call.on('end', () => done(got));
    call.on('error', fail);
  });
  test(`gRPC ${way}: unary, with metadata and trailers`, withClient((client) => new Promise((done, fail) => {
    const metadata = new grpc.Metadata();
    metadata.set('x-extra', 'e');
    const seen = {};
    const call = client.unary({ a: 1 }, metadata, (fault, reply) => { seen.fault = fault && fault.message; seen.reply = reply; });
    call.on('metadata', (head) => { seen.head = head.get('x-head'); });
    call.on('status', (status) => {
      seen.code = status.code;
      seen.trailer = status.metadata.get('x-trailer');
      seen.bin = [...(status.metadata.get('x-bin-bin')[0] || [])];
      setImmediate(() => {
        try {
          expect('unary', seen, { head: ['e'], fault: null, reply: { got: { a: 1 } }, code: 0, trailer: ['tail'], bin: [0, 255, 7] });
          done();
        } catch (wrong) { fail(wrong); }
      });
    });
  })));
  test(`gRPC ${way}: an error with details and trailers`, withClient((client) => new Promise((done, fail) => client.unary({ fail: 9 }, (fault) => {
    try {
      expect('fault', [fault.code, fault.details, fault.metadata.get('x-trailer')], [9, 'as you say: \u00e4', ['tail']]);
      done();
    } catch (wrong) { fail(wrong); }
  }))));
  test(`gRPC ${way}: a message of 1 MB`, withClient((client) => new Promise((done, fail) => client.unary({ text: 'x'.repeat(1 << 20) }, (fault, reply) => (
    fault || reply.got.text.length !== 1 << 20 ? fail(fault || new Error('cut')) : done())))));
  test(`gRPC ${way}: a stream from the server`, withClient(async (client) => expect('count', (await collect(client.down({ count: 1000, size: 500 }))).length, 1000)));
  test(`gRPC ${way}: an empty stream from the server`, withClient(async (client) => expect('count', (await collect(client.down({ count: 0 }))).length, 0)));
  test(`gRPC ${way}: a stream from the client`, withClient((client) => new Promise((done, fail) => {
    const call = client.up((fault, reply) => (fault || reply.sum !== 500 ? fail(fault || new Error(JSON.stringify(reply))) : done()));
    for (let at = 0; at < 500; at++) call.write({ add: 1 });
    call.end();
  })));
  test(`gRPC ${way}: streams in both directions, in turn`, withClient((client) => new Promise((done, fail) => {
    const call = client.both();
    let at = 0;
    call.on('data', (each) => {
      if (each.echo.at !== at) fail(new Error('order'));
      at += 1;
      if (at < 200) call.write({ at }); else call.end();
    });
    call.on('end', () => (at === 200 ? done() : fail(new Error(`${at}`))));
    call.on('error', fail);
    call.write({ at });
  })));
  test(`gRPC ${way}: a deadline`, withClient((client) => new Promise((done, fail) => client.unary({ never: 1 }, { deadline: Date.now() + 300 }, (fault) => (
    fault && fault.code === grpc.status.DEADLINE_EXCEEDED ? done() : fail(fault || new Error('served')))))));
  test(`gRPC ${way}: a call that is cancelled`, withClient((client) => new Promise((done, fail) => {
    const call = client.both();
    call.on('data', () => call.cancel());
    call.on('error', (fault) => (fault.code === grpc.status.CANCELLED ? done() : fail(fault)));
    call.on('end', () => {});
    call.write({ at: 1 });
  })));
  test(`gRPC ${way}: fifty calls at once`, withClient((client) => Promise.all([...Array(50).keys()].map((at) => new Promise((done, fail) => client.unary({ at }, (fault, reply) => (
    fault || reply.got.at !== at ? fail(fault || new Error('mixed up')) : done())))))));
}

async function main() {
  const ports = { web: await webServer(), grpc: await grpcServer() };
  console.log(JSON.stringify(ports));
  const line = await new Promise((done) => readline.createInterface({ input: process.stdin }).once('line', done));
  const proxy = JSON.parse(line);
  let failed = 0;
  for (const [name, run] of TESTS) {
    let timer;
    try {
      await Promise.race([run(proxy), new Promise((_, fail) => { timer = setTimeout(() => fail(new Error('nothing within 8 s')), 8000); })]);
    } catch (fault) {
      failed += 1;
      console.log(`FAIL  ${name}: ${fault.message}`);
    }
    clearTimeout(timer);
  }
  console.log(`${TESTS.length} tests with Node.js, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}

main();
