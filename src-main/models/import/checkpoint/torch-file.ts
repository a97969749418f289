import { readPickle } from './pickle.ts';
import { invalid } from './tensors.ts';
import type { WeightsFile } from './tensors.ts';
import { TorchZip } from './torch-zip.ts';

const LARGEST_DESCRIPTION = 64 * 1024 ** 2;

/** What torch.save has written. Throws as TorchZip.open and readPickle, and 'model-invalid' for a ZIP of another kind. */
export async function openTorchFile(path: string): Promise<WeightsFile> {
  const zip = await TorchZip.open(path);
  try {
    const descriptions = [...zip.names].filter((name) => /^([^/]+\/)?data\.pkl$/.test(name));
    const [description] = descriptions;
    if (description === undefined || descriptions.length > 1) throw invalid(path, 'it is a ZIP, but not one that PyTorch saved');
    const folder = description.slice(0, -'data.pkl'.length);
    if (zip.bytesOf(`${folder}constants.pkl`) !== null) throw invalid(path, 'it is a TorchScript program, not weights alone', 'Save the state_dict() of the model that it was made from');
    await checkByteOrder(zip, `${folder}byteorder`, path);
    const bytes = zip.bytesOf(description) ?? 0;
    if (bytes > LARGEST_DESCRIPTION) throw invalid(path, 'its description is far larger than that of any model');
    return {
      path,
      root: readPickle(await zip.read(description, 0, bytes), path),
      read: (storage, from, length) => zip.read(`${folder}data/${storage}`, from, length),
      [Symbol.asyncDispose]: () => zip[Symbol.asyncDispose](),
    };
  } catch (error) {
    await zip[Symbol.asyncDispose]();
    throw error;
  }
}

async function checkByteOrder(zip: TorchZip, entry: string, path: string): Promise<void> {
  const bytes = zip.bytesOf(entry);
  if (bytes === null || bytes > 16) return;
  if ((await zip.read(entry, 0, bytes)).toString() === 'big') throw invalid(path, 'it was saved on a big-endian machine', 'Save it again on another');
}
