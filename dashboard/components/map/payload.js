// Reads what dashboard/components/payload.py writes.
const KINDS = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array };
const ALIGNMENT = 8;

const aligned = (length) => Math.ceil(length / ALIGNMENT) * ALIGNMENT;

// The arrays of a message by name. They share one copy of it, because typed arrays need aligned
// places and the message lies anywhere inside what the socket brought.
function readArrays({ header, data, start }) {
  const { buffer } = data.slice();
  const arrays = {};
  let at = aligned(start);
  for (const [name, kind, count] of header.arrays) {
    arrays[name] = new KINDS[kind](buffer, at, count);
    at = aligned(at + arrays[name].byteLength);
  }
  return arrays;
}

// Lines of text that were joined by NUL and deflated. Null where the browser cannot inflate.
async function readLines(message) {
  if (!window.DecompressionStream) return null;
  const { deflated } = readArrays(message);
  const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate"));
  return (await new Response(stream).text()).split("\0");
}
