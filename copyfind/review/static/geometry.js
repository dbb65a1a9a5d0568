// 3 x 3 matrices, row by row, that map one picture to another in coordinates from 0 to 1 of each.

export const IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1];

export function mapped(m, [x, y]) {
  const w = m[6] * x + m[7] * y + m[8];
  return [(m[0] * x + m[1] * y + m[2]) / w, (m[3] * x + m[4] * y + m[5]) / w];
}

export function inverse(m) {
  const [a, b, c, d, e, f, g, h, i] = m;
  const A = e * i - f * h, B = f * g - d * i, C = d * h - e * g;
  const det = a * A + b * B + c * C;
  if (!Number.isFinite(1 / det)) return null;
  return [A, c * h - b * i, b * f - c * e, B, a * i - c * g, c * d - a * f, C, b * g - a * h, a * e - b * d]
    .map((value) => value / det);
}

// How many times larger (by side) a spot becomes, where both frames are this wide and high.
export function enlargement(m, [x, y], from, to) {
  const step = 1e-3;
  const [ox, oy] = mapped(m, [x, y]);
  const [ax, ay] = mapped(m, [x + step, y]);
  const [bx, by] = mapped(m, [x, y + step]);
  const area = Math.abs((ax - ox) * (by - oy) - (bx - ox) * (ay - oy)) / step ** 2;
  return Math.sqrt((area * to.width * to.height) / (from.width * from.height));
}

// The CSS transform that lays a picture, stretched over a frame, onto it as the matrix says.
export function asTransform(m, frame) {
  const [w, h] = [frame.width, frame.height];
  const [a, b, c, d, e, f, g, i, k] =
    [m[0], (m[1] * w) / h, m[2] * w, (m[3] * h) / w, m[4], m[5] * h, m[6] / w, m[7] / h, m[8]];
  return `matrix3d(${[a, d, 0, g, b, e, 0, i, 0, 0, 1, 0, c, f, 0, k].map((n) => n.toFixed(12)).join(",")})`;
}

export const mix = (a, b, t) => a + (b - a) * t;
export const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

export function product(a, b) {
  return IDENTITY.map((_, at) => {
    const row = 3 * Math.floor(at / 3), column = at % 3;
    return a[row] * b[column] + a[row + 1] * b[3 + column] + a[row + 2] * b[6 + column];
  });
}
