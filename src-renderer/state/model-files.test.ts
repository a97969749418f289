import { expect, it } from 'vitest';
import { chooseModelFile, modelFiles, toggleModelFile } from './model-files.ts';

const click = (...paths: string[]): readonly string[] => paths.reduce<readonly string[]>(toggleModelFile, []);

it('a checkpoint stands alone, and takes the place of what was chosen before', () => {
  expect(click('/m/a.pth')).toEqual(['/m/a.pth']);
  expect(click('/m/encoder.onnx', '/m/a.pth')).toEqual(['/m/a.pth']);
  expect(click('/m/a.pth', '/m/b.PT')).toEqual(['/m/b.PT']);
});

it('two graphs go together; a third takes the place of the older one', () => {
  expect(click('/m/encoder.onnx', '/m/decoder.ONNX')).toEqual(['/m/encoder.onnx', '/m/decoder.ONNX']);
  expect(click('/m/a.onnx', '/m/b.onnx', '/m/c.onnx')).toEqual(['/m/b.onnx', '/m/c.onnx']);
  expect(click('/m/a.pth', '/m/b.onnx')).toEqual(['/m/b.onnx']);
});

it('a second click leaves a file out', () => {
  expect(click('/m/a.pth', '/m/a.pth')).toEqual([]);
  expect(click('/m/a.onnx', '/m/b.onnx', '/m/a.onnx')).toEqual(['/m/b.onnx']);
});

it('the first graph brings along the other of its export, where that can be told', () => {
  const folder = ['a.encoder.onnx', 'a.decoder.onnx', 'sam2.1_tiny.onnx', 'sam2.1_tiny_preprocess.onnx', 'odd.onnx', 'c.pth'].map((name) => `/m/${name}`);
  expect(chooseModelFile([], '/m/a.decoder.onnx', folder)).toEqual(['/m/a.decoder.onnx', '/m/a.encoder.onnx']);
  expect(chooseModelFile(['/m/c.pth'], '/m/sam2.1_tiny.onnx', folder)).toEqual(['/m/sam2.1_tiny.onnx', '/m/sam2.1_tiny_preprocess.onnx']);
  expect(chooseModelFile([], '/m/odd.onnx', folder)).toEqual(['/m/odd.onnx']);
  expect(chooseModelFile([], '/m/c.pth', folder)).toEqual(['/m/c.pth']);
  // The only two of a folder belong together, whatever they are called; one that was left out stays so.
  const two = ['/m/mobile_sam_image_encoder.onnx', '/m/sam_mask_decoder_multi.onnx'];
  expect(chooseModelFile([], two[1] ?? '', two)).toEqual(two.toReversed());
  expect(chooseModelFile(two, two[0] ?? '', two)).toEqual(two.slice(1));
});

it('says what files are together', () => {
  expect(modelFiles([])).toBe('none');
  expect(modelFiles(['/m/a.pt'])).toBe('checkpoint');
  expect(modelFiles(['/m/a.onnx'])).toBe('half');
  expect(modelFiles(['/m/a.onnx', '/m/b.onnx'])).toBe('graphs');
  for (const dropped of [['a.pth', 'b.pth'], ['a.pth', 'b.onnx'], ['a.onnx', 'b.onnx', 'c.onnx']]) expect(modelFiles(dropped)).toBe('mixed');
});
