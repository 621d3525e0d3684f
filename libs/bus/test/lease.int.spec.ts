import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { TestMesh } from './mesh.js';

let mesh: TestMesh;
beforeAll(async () => (mesh = await TestMesh.start()), 30_000);
afterAll(() => mesh.stop());

it('is held by one of several, and by the next as soon as it is let go', async () => {
  const [one, two] = [await mesh.bus(), await mesh.bus()].map((bus) => bus.lease('probing', 60_000));
  const held = await Promise.all([one?.tryHold(), two?.tryHold()]);
  expect(held.filter(Boolean)).toHaveLength(1);
  const [holder, other] = held[0] === true ? [one, two] : [two, one];
  expect(await holder?.tryHold()).toBe(true);
  expect(await other?.tryHold()).toBe(false);
  await holder?.letGo();
  expect(await other?.tryHold()).toBe(true);
  expect(await holder?.tryHold()).toBe(false);
});

it('passes to another when its holder no longer holds it, and only then', async () => {
  const [one, two] = [await mesh.bus(), await mesh.bus()].map((bus) => bus.lease('short', 1));
  expect(await one?.tryHold()).toBe(true);
  expect(await two?.tryHold()).toBe(false);
  expect(await one?.tryHold()).toBe(true);
  // Renewed meanwhile: what it has seen is new again.
  expect(await two?.tryHold()).toBe(false);
  let taken = false;
  while (!taken) taken = (await two?.tryHold()) === true;
  expect(await one?.tryHold()).toBe(false);
});
