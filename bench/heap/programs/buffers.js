// Buffers, JSON and zlib. The one argument is how many rounds.
const zlib = require('zlib');

const rounds = Number(process.argv[2]);
let state = 1;
const random = (bound) => {
  state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
  return state % bound;
};

const kept = [];
let total = 0;
for (let round = 0; round < rounds; round++) {
  const records = [];
  for (let at = 0; at < 300; at++) {
    records.push({ id: at, name: `record ${random(1000)}`, tags: [`a${at}`, `b${round}`] });
  }
  const text = JSON.stringify(records);
  const packed = zlib.deflateSync(Buffer.from(text), { level: 1 });
  total += JSON.parse(zlib.inflateSync(packed).toString()).length;
  for (let at = 0; at < 20; at++) {
    const buffer = Buffer.allocUnsafeSlow(1024 + random(64 * 1024));
    buffer.fill(at);
    kept[random(500)] = buffer;
  }
  total += Buffer.concat(kept.filter(Boolean).slice(0, 20)).length;
}
console.log(total);
