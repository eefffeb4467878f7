// A client library's object that notes which of its public methods a test has called, so that a method that a newer version of
// the library brings cannot go untested.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

export interface Recorded<Client> {
  readonly client: Client;
  /** Public methods, of the class and of its base, that were not called through `client`. */
  readonly untouched: () => readonly string[];
}

export function recorded<Client extends object>(of: Client): Recorded<Client> {
  const called = new Set<string>();
  const methods = publicMethods(of);
  const client = new Proxy(of, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function' || typeof name !== 'string') return value;
      return (...given: unknown[]): unknown => {
        called.add(name);
        // Of the object itself: what the library calls by itself is not what the test has called.
        return Reflect.apply(value, target, given);
      };
    },
  });
  return { client, untouched: () => methods.filter((name) => !called.has(name)) };
}

function publicMethods(of: object): readonly string[] {
  const names = new Set<string>();
  for (let at: object | null = of; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at) as object)
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at)))
      if (typeof value === 'function') names.add(name);
  return [...names].filter((name) => name !== 'constructor' && !HIDDEN.has(name));
}

/** What the library's own types keep from callers. JavaScript does not know of it. */
const HIDDEN: ReadonlySet<string> = hiddenMethods();

function hiddenMethods(): ReadonlySet<string> {
  const file = createRequire(import.meta.url).resolve('postmark/dist/client/BaseClient.d.ts');
  const hidden = readFileSync(file, 'utf8').matchAll(/^\s*(?:private|protected) (?:readonly )?(\w+)/gm);
  return new Set([...hidden].map(([, name = '']) => name));
}
