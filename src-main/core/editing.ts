import type { EditResult } from '../../src-shared/contract/types.ts';
import type { EditCommand } from '../../src-shared/domain/commands.ts';
import { EditWritten } from '../engines/datasets-edit-api.ts';
import { Touched } from '../projects/apply.ts';
import type { ProjectStore } from '../projects/project-store.ts';
import { withEngine, type DatasetsEngine } from './dataset-export.ts';

/** Carries commands out as one step of undo, in turn; many, or heavy ones, by an engine, so that main goes on meanwhile. Throws as ProjectStore.edit does. */
export async function editProject(store: ProjectStore, label: string, commands: readonly EditCommand[], datasets: DatasetsEngine): Promise<EditResult> {
  if (!store.isLongEdit(commands)) return store.edit(label, commands);
  return withEngine(datasets, async (engine) => {
    const { edit } = await store.outside.write((work) => engine.request('writeEdit', { project: store.path, work, label, commands }), EditWritten, {
      label: () => label,
      changed: ({ created, images, manyImages, classes }) => {
        const touched = new Touched();
        touched.add(images);
        touched.manyImages = manyImages;
        touched.instances = null;
        touched.classes = classes;
        return { touched, created };
      },
    });
    return edit;
  });
}
