import { expect, it } from 'vitest';
import { modelFiles, toggleModelFile } from './model-files.ts';

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

it('says what files are together', () => {
  expect(modelFiles([])).toBe('none');
  expect(modelFiles(['/m/a.pt'])).toBe('checkpoint');
  expect(modelFiles(['/m/a.onnx'])).toBe('half');
  expect(modelFiles(['/m/a.onnx', '/m/b.onnx'])).toBe('graphs');
  for (const dropped of [['a.pth', 'b.pth'], ['a.pth', 'b.onnx'], ['a.onnx', 'b.onnx', 'c.onnx']]) expect(modelFiles(dropped)).toBe('mixed');
});
