/** How price data names models: one of these words with its text, or a list of matches. */
export type ModelMatch =
  | { readonly or: readonly ModelMatch[] }
  | { readonly and: readonly ModelMatch[] }
  | { readonly equals: string }
  | { readonly starts_with: string }
  | { readonly ends_with: string }
  | { readonly contains: string }
  | { readonly regex: string };

/** Whether a model of that name is meant; capitals count in a `regex` alone. */
export type ModelTest = (model: string) => boolean;

/** Makes a test out of a match. Throws `SyntaxError` for a `regex` that is none. */
export function modelTest(match: ModelMatch): ModelTest {
  if ("or" in match) {
    const tests = match.or.map(modelTest);
    return (model) => tests.some((test) => test(model));
  }
  if ("and" in match) {
    const tests = match.and.map(modelTest);
    return (model) => tests.every((test) => test(model));
  }
  if ("regex" in match) {
    const pattern = new RegExp(match.regex);
    return (model) => pattern.test(model);
  }
  if ("equals" in match) return lowered(match.equals, (model, text) => model === text);
  if ("starts_with" in match) return lowered(match.starts_with, (model, text) => model.startsWith(text));
  if ("ends_with" in match) return lowered(match.ends_with, (model, text) => model.endsWith(text));
  return lowered(match.contains, (model, text) => model.includes(text));
}

function lowered(text: string, compare: (model: string, text: string) => boolean): ModelTest {
  const low = text.toLowerCase();
  return (model) => compare(model.toLowerCase(), low);
}
