// Where the drawing lies on the screen: it fills the frame at first. Zoom moves the places, not the
// sizes, so that names and circles stay readable.
const EDGE = { x: 70, top: 50, bottom: 36 }; // pixels kept free for names and buttons
const SMALLEST = 0.35; // of the unit square: a few concepts are not torn apart
const WIDEST = 2.2; // times the height: a wide drawing is harder to read than a round one
const ZOOMS = [0.4, 12];

class Plane {
  constructor(canvas) {
    this.canvas = canvas;
    this.fit([]);
  }

  get width() { return this.canvas.clientWidth; }
  get height() { return this.canvas.clientHeight; }
  get untouched() { return this.zoom === 1 && !this.x && !this.y; }

  // Shows all of the nodes, which are in the unit square.
  fit(nodes) {
    const span = (values) => {
      const low = Math.min(0.5, ...values), high = Math.max(0.5, ...values);
      return { middle: (low + high) / 2, size: Math.max(SMALLEST, high - low) };
    };
    this.across = span(nodes.map((node) => node.u));
    this.down = span(nodes.map((node) => node.v));
    this.reset();
  }

  reset() { Object.assign(this, { zoom: 1, x: 0, y: 0 }); }

  scale() {
    const tall = Math.max(50, this.height - EDGE.top - EDGE.bottom);
    const wide = Math.min(Math.max(50, this.width - 2 * EDGE.x), WIDEST * tall);
    return [(this.zoom * wide) / this.across.size, (this.zoom * tall) / this.down.size];
  }
  middle() { return [this.width / 2 + this.x, (this.height + EDGE.top - EDGE.bottom) / 2 + this.y]; }
  toPixel(u, v) {
    const [wide, tall] = this.scale(), [x, y] = this.middle();
    return [x + (u - this.across.middle) * wide, y + (v - this.down.middle) * tall];
  }
  pan(dx, dy) {
    this.x += dx;
    this.y += dy;
  }
  // What is under the pixel stays under it.
  zoomBy(factor, px, py) {
    const [x, y] = this.middle(), before = this.zoom;
    this.zoom = Math.min(ZOOMS[1], Math.max(ZOOMS[0], before * factor));
    const grown = this.zoom / before;
    this.pan((px - x) * (1 - grown), (py - y) * (1 - grown));
  }
}
