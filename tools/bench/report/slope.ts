/** A straight line through points. */
export interface Slope {
  readonly perUnit: number;
  /** Twice the standard error of `perUnit`. */
  readonly error: number;
}

/** Least squares. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): Slope {
  const count = points.length;
  const mean = (axis: 0 | 1) => points.reduce((sum, point) => sum + point[axis], 0) / count;
  const [meanX, meanY] = [mean(0), mean(1)];
  let [squares, products] = [0, 0];
  for (const [x, y] of points) {
    squares += (x - meanX) ** 2;
    products += (x - meanX) * (y - meanY);
  }
  const perUnit = products / squares;
  const rest = points.reduce((sum, [x, y]) => sum + (y - meanY - perUnit * (x - meanX)) ** 2, 0);
  return { perUnit, error: 2 * Math.sqrt(rest / Math.max(1, count - 2) / squares) };
}
