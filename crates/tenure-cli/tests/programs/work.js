const rows = []; for (let i = 0; i < 100000; i++) rows.push({id: i, text: "t".repeat(i % 50), list: [i, i * 2]});
const text = JSON.stringify(rows); const back = JSON.parse(text);
back.sort((a, b) => b.text.length - a.text.length || a.id - b.id);
const map = new Map(back.map(r => [r.text + r.id, r])); const buffers = []; for (let i = 0; i < 500; i++) buffers.push(Buffer.alloc(10000, i));
console.log(text.length, map.size, back[10].id, require("crypto").createHash("sha256").update(Buffer.concat(buffers)).digest("hex"));
