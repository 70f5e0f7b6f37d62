/** Makes pixels of the SVG of a QR code, of which each dark module is a path `h1v1H…Z`. */
export interface Pixels {
  /** RGBA, row by row. */
  readonly data: Uint8ClampedArray
  /** Pixels a side. */
  readonly size: number
}

/** `scale`: pixels a module. */
export function readSvg(svg: string, scale: number): Pixels {
  const modules = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1])
  const size = modules * scale
  const data = new Uint8ClampedArray(size * size * 4).fill(255)
  let [x, y] = [0, 0]
  for (const [, move, a, b] of svg.matchAll(/([Mm])(-?\d+)[ ,]?(-?\d+)h1v1[Hh]-?\d+Z/g)) {
    x = Number(a) + (move === 'm' ? x : 0)
    y = Number(b) + (move === 'm' ? y : 0)
    for (let row = y * scale; row < (y + 1) * scale; row++) {
      for (let column = x * scale; column < (x + 1) * scale; column++) {
        data.fill(0, (row * size + column) * 4, (row * size + column) * 4 + 3)
      }
    }
  }
  return { data, size }
}
