import assert from "node:assert/strict";
import { base32, EndpointIdentity } from "../../../src/gateway/routing/endpoint_identity.ts";

Deno.test("base32 gives RFC 4648's test vectors, in lower case and without padding", () => {
  const encode = (text: string) => base32(new TextEncoder().encode(text));
  assert.deepEqual(["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(encode), [
    "",
    "my",
    "mzxq",
    "mzxw6",
    "mzxw6yq",
    "mzxw6ytb",
    "mzxw6ytboi",
  ]);
});

Deno.test("an endpoint's id is stable, 16 characters, and differs by provider, URL, key and instance", () => {
  const identity = new EndpointIdentity(new Uint8Array(32));
  const id = identity.endpointId("openai", "https://a/v1", "k1");
  assert.match(id, /^[a-z2-7]{16}$/);
  assert.equal(new EndpointIdentity(new Uint8Array(32)).endpointId("openai", "https://a/v1", "k1"), id);
  const others = [
    identity.endpointId("azure", "https://a/v1", "k1"),
    identity.endpointId("openai", "https://b/v1", "k1"),
    identity.endpointId("openai", "https://a/v1", "k2"),
    new EndpointIdentity(new Uint8Array(32).fill(1)).endpointId("openai", "https://a/v1", "k1"),
  ];
  assert.equal(new Set([id, ...others]).size, 5);
});

Deno.test("a fingerprint is of the key alone", () => {
  const identity = new EndpointIdentity(new Uint8Array(32));
  assert.match(identity.fingerprint("k1"), /^[a-z2-7]{6}$/);
  assert.notEqual(identity.fingerprint("k1"), identity.fingerprint("k2"));
});
