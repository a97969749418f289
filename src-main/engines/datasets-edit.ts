import { takeStep, writeFromOutside } from '../projects/step.ts';
import { WriteEditParams } from './datasets-edit-api.ts';
import type { Method } from './serve.ts';

/** The method of the datasets engine that carries out edits too long for main. */
export const editMethods: Readonly<Record<string, Method>> = {
  writeEdit: (params) => {
    const { project, work, label, commands } = WriteEditParams.parse(params);
    return writeFromOutside(project, work, (tables) => {
      const { touched, created } = takeStep(tables, label, commands);
      return { created, images: [...touched.images], manyImages: touched.manyImages, classes: touched.classes };
    });
  },
};
