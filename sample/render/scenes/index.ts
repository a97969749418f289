import type { Scene } from '../scene.ts';
import { breakfast } from './breakfast.ts';
import { desk } from './desk.ts';
import { fruit } from './fruit.ts';
import { leaves } from './leaves.ts';
import { pebbles } from './pebbles.ts';
import { pottery } from './pottery.ts';
import { toys } from './toys.ts';
import { vegetables } from './vegetables.ts';

export const scenes: readonly Scene[] = [fruit, breakfast, desk, leaves, pebbles, vegetables, toys, pottery];
