import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { decodeReturnPath, encodeReturnPath, returnPathKey } from '../../src/mail/verp.ts';

const key = Buffer.alloc(32, 7);
const uuid = '0192f0c1-2345-7abc-8def-0123456789ab';

test('a return path is short, in lower case, and names its message and recipient', () => {
  for (const recipient of [0, 1, 49, 65534, undefined]) {
    const local = encodeReturnPath({ uuid, recipient }, key);
    assert.match(local, /^rp-[0-9a-v]{48}$/);
    assert.deepEqual(decodeReturnPath(local, key), { uuid, recipient });
  }
});

test('it survives relays that change the case', () => {
  const local = encodeReturnPath({ uuid: uuid.toUpperCase(), recipient: 3 }, key);
  assert.deepEqual(decodeReturnPath(local.toUpperCase(), key), { uuid, recipient: 3 });
});

test('one changed character, another key or another form is refused', () => {
  const local = encodeReturnPath({ uuid, recipient: 3 }, key);
  for (let at = 3; at < local.length; at += 1) {
    const changed = local.slice(0, at) + (local[at] === '0' ? '1' : '0') + local.slice(at + 1);
    assert.equal(decodeReturnPath(changed, key), undefined, changed);
  }
  assert.equal(decodeReturnPath(local, Buffer.alloc(32, 8)), undefined);
  for (const text of ['', 'rp-', local.slice(0, -1), `${local}0`, `x${local}`, local.replace('rp-', 'rq-')]) {
    assert.equal(decodeReturnPath(text, key), undefined, text);
  }
});

test('what is no message or no recipient is not encoded', () => {
  assert.throws(() => encodeReturnPath({ uuid: 'x', recipient: 0 }, key), TypeError);
  for (const recipient of [-1, 65535, 1.5]) {
    assert.throws(() => encodeReturnPath({ uuid, recipient }, key), RangeError);
  }
});

test('a prepared key makes the same return paths', () => {
  const local = encodeReturnPath({ uuid, recipient: 3 }, returnPathKey(key));
  assert.equal(local, encodeReturnPath({ uuid, recipient: 3 }, key));
  assert.deepEqual(decodeReturnPath(local, returnPathKey(key)), { uuid, recipient: 3 });
});

test('the last digits are an HMAC-SHA256 of what the others say, with keys of any length', () => {
  const id = Buffer.from(`${uuid.replaceAll('-', '')}0003`, 'hex');
  for (const length of [32, 63, 64, 65, 200]) {
    const ownKey = Buffer.alloc(length, 5);
    const mac = createHmac('sha256', ownKey).update('return-path:1:').update(id).digest().subarray(0, 12);
    const bits = [...Buffer.concat([id, mac])].map((octet) => octet.toString(2).padStart(8, '0')).join('');
    const digits = bits.replace(/.{5}/g, (group) => parseInt(group, 2).toString(32));
    assert.equal(encodeReturnPath({ uuid, recipient: 3 }, ownKey), `rp-${digits}`);
  }
});
