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

// A copy with room for more at the end; the array itself where there is none.
function withRoom(array, more) {
  if (!more) return array;
  const result = new array.constructor(array.length + more);
  result.set(array);
  return result;
}
