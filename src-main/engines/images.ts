import { ModelInputParams, PictureParams, ProbeParams, RunLengthsParams, TileParams } from './images-api.ts';
import type { ProbeResult, RunLengthsResult } from './images-api.ts';
import { fingerprints } from './images-fingerprint.ts';
import { modelInput } from './images-model-input.ts';
import { base, thumbnail, tile } from './images-pictures.ts';
import { probe } from './images-probe.ts';
import { runLengths } from './run-lengths.ts';
import { serveEngine } from './serve.ts';

/** The images engine: everything that decodes pictures runs in this process, which may die without taking work along. */
serveEngine({
  methods: {
    probe: async (params, { signal }) => {
      const results: ProbeResult[] = [];
      // One after the other: each is read whole, and the reading is what costs.
      for (const path of ProbeParams.parse(params).paths) results.push(await probe(path, signal));
      return results;
    },
    thumbnail: (params) => thumbnail(PictureParams.parse(params).path),
    base: (params) => base(PictureParams.parse(params).path),
    tile: (params) => {
      const { path, level, column, row } = TileParams.parse(params);
      return tile(path, level, column, row);
    },
    fingerprint: (params, { signal }) => fingerprints(ProbeParams.parse(params).paths, signal),
    runLengths: (params): RunLengthsResult => {
      const { logits, frame } = RunLengthsParams.parse(params);
      return runLengths(logits, frame);
    },
    modelInput: (params, { signal }) => {
      const { path, frame, crop, fit, look } = ModelInputParams.parse(params);
      return modelInput(path, frame, signal, { crop, fit, look });
    },
  },
});
