// Points as discs, in WebGL 2. Nothing is kept between pictures but the buffers.
//
// A context is dear where a browser renders in software: it is made with the first picture, so that
// a map below the edge of the window costs none.
const VERTEX = `#version 300 es
layout(location = 0) in vec3 place; layout(location = 1) in float color;
uniform mat3 camera; uniform vec2 scale, middle;
uniform float size, opacity, tone, deep;
uniform vec3 ground; uniform sampler2D palette;
out vec4 fill; out float radius;
void main() {
  vec3 seen = camera * (place - ${CENTER}.0 / ${GRID}.0);
  gl_Position = vec4((seen.xy - middle) * scale, -0.9 * seen.z, 1.0);
  // What is far is smaller and nearer to the color of the ground.
  float near = deep > 0.5 ? clamp(0.5 + 0.5 * seen.z, 0.0, 1.0) : 0.5;
  gl_PointSize = size * mix(0.7, 1.3, near);
  radius = 0.5 * gl_PointSize;
  vec3 rgb = texelFetch(palette, ivec2(int(color + 0.5), 0), 0).rgb;
  rgb = mix(vec3(0.5), rgb, tone);
  fill = vec4(mix(ground, rgb, deep > 0.5 ? mix(0.55, 1.0, near) : 1.0), opacity);
}`;
const FRAGMENT = `#version 300 es
precision mediump float;
in vec4 fill; in float radius;
uniform vec3 ink; uniform float ring, least;
out vec4 result;
void main() {
  float r = length(gl_PointCoord - 0.5) * 2.0 * radius;
  float a = fill.a * clamp(radius - r + 0.25, 0.0, 1.0);
  if (a < least) discard;
  vec3 rgb = ring > 0.0 ? mix(fill.rgb, ink, smoothstep(radius - ring - 0.75, radius - ring + 0.25, r)) : fill.rgb;
  result = vec4(rgb * a, a);
}`;
const UNIFORMS = ["camera", "scale", "middle", "size", "opacity", "tone", "deep", "ground", "palette", "ink", "ring", "least"];

class Painter {
  // `onRestored` is called when the browser has given a lost context back.
  constructor(canvas, onRestored) {
    Object.assign(this, { canvas, gl: undefined, kept: {}, loads: 0 });
    this.onLost = (event) => event.preventDefault(); // or it would never come back
    this.onRestored = () => { this.prepare(); this.upload(this.kept); onRestored(); };
  }

  // Without WebGL 2 `gl` is null, and nothing is drawn.
  get opened() { return this.gl !== undefined; }
  get missing() { return this.gl === null; }

  open() {
    const { canvas } = this;
    this.gl = canvas.getContext("webgl2", { antialias: false, depth: true, premultipliedAlpha: true });
    if (!this.gl) return;
    canvas.addEventListener("webglcontextlost", this.onLost);
    canvas.addEventListener("webglcontextrestored", this.onRestored);
    this.prepare();
    this.upload(this.kept);
  }

  prepare() {
    const { gl } = this;
    const compile = (type, text) => {
      const shader = gl.createShader(type);
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      return shader;
    };
    this.program = gl.createProgram();
    gl.attachShader(this.program, compile(gl.VERTEX_SHADER, VERTEX));
    gl.attachShader(this.program, compile(gl.FRAGMENT_SHADER, FRAGMENT));
    gl.linkProgram(this.program);
    if (!gl.getProgramParameter(this.program, gl.LINK_STATUS) && !gl.isContextLost()) {
      throw new Error(`The map's shaders do not link: ${gl.getProgramInfoLog(this.program)}`);
    }
    this.uniforms = Object.fromEntries(UNIFORMS.map((name) => [name, gl.getUniformLocation(this.program, name)]));
    this.buffers = { positions: gl.createBuffer(), colors: gl.createBuffer(), order: gl.createBuffer() };
    this.texture = gl.createTexture();
  }

  // Any of positions (with dimensions), colors, palette, order (with counts); the rest stays.
  load(changed) {
    Object.assign(this.kept, changed);
    this.loads++; // another picture
    if (this.gl) this.upload(changed);
  }

  upload({ positions, dimensions, colors, palette, order }) {
    const { gl } = this;
    const fill = (target, buffer, values) => {
      gl.bindBuffer(target, buffer);
      gl.bufferData(target, values, gl.STATIC_DRAW);
    };
    if (positions) {
      fill(gl.ARRAY_BUFFER, this.buffers.positions, positions);
      gl.enableVertexAttribArray(0);
      gl.vertexAttribPointer(0, dimensions, gl.UNSIGNED_SHORT, true, 0, 0);
    }
    if (colors) {
      fill(gl.ARRAY_BUFFER, this.buffers.colors, colors);
      gl.enableVertexAttribArray(1);
      gl.vertexAttribPointer(1, 1, gl.UNSIGNED_BYTE, false, 0, 0);
    }
    if (order) fill(gl.ELEMENT_ARRAY_BUFFER, this.buffers.order, order);
    if (palette) {
      const pixels = new Uint8Array(256 * 4).fill(128);
      palette.forEach((hex, i) => {
        for (let c = 0; c < 3; c++) pixels[4 * i + c] = parseInt(hex.slice(1 + 2 * c, 3 + 2 * c), 16);
      });
      gl.bindTexture(gl.TEXTURE_2D, this.texture);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    }
  }

  // `size` of a point in pixels; `ink` and `ground` are the colors of text and background;
  // `ratio` the canvas's pixels for one of the page.
  draw(view, { size, ink, ground, ratio = Math.min(2, window.devicePixelRatio || 1) }) {
    if (!this.gl) return;
    const { gl, uniforms } = this;
    const width = Math.max(1, Math.round(view.width * ratio)), height = Math.max(1, Math.round(view.height * ratio));
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.depthMask(true);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.useProgram(this.program);
    const { right, up, toward } = view.axes, side = view.side();
    const unit = [right[0], up[0], toward[0], right[1], up[1], toward[1], right[2], up[2], toward[2]].map((m) => m / MICRO);
    const depth = 2 / view.extent[0]; // so that the nearest point is at 1
    gl.uniformMatrix3fv(uniforms.camera, false, unit.map((m, i) => (i % 3 === 2 ? m * depth : m)));
    gl.uniform2f(uniforms.scale, (2 * side) / view.width, (2 * side) / view.height);
    gl.uniform2f(uniforms.middle, view.place.x, view.place.y);
    gl.uniform1f(uniforms.deep, view.deep ? 1 : 0);
    gl.uniform3fv(uniforms.ink, ink);
    gl.uniform3fv(uniforms.ground, ground);
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    let first = 0;
    stylesOf(view.deep).forEach(({ scale, more, ...looks }, which) => {
      if (which === FOUND) gl.clear(gl.DEPTH_BUFFER_BIT); // what was found lies on top
      const count = this.kept.counts[which];
      this.layer(first, count, { size: size * scale + more, ...looks }, ratio, view.deep && which >= BRIGHT);
      first += count;
    });
    gl.flush();
  }

  layer(first, count, { size, opacity, tone, ring }, ratio, solid) {
    if (!count) return;
    const { gl, uniforms } = this;
    gl.uniform1f(uniforms.size, size * ratio);
    gl.uniform1f(uniforms.opacity, opacity);
    gl.uniform1f(uniforms.tone, tone);
    gl.uniform1f(uniforms.ring, ring * ratio);
    gl.uniform1f(uniforms.least, solid ? 0.4 : 0.02);
    if (solid) gl.enable(gl.DEPTH_TEST); else gl.disable(gl.DEPTH_TEST);
    gl.depthMask(true);
    gl.drawElements(gl.POINTS, count, gl.UNSIGNED_INT, 4 * first);
  }

  destroy() {
    if (!this.gl) return;
    this.canvas.removeEventListener("webglcontextlost", this.onLost);
    this.canvas.removeEventListener("webglcontextrestored", this.onRestored);
    // Browsers allow some sixteen contexts a page: give this one back at once.
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}
