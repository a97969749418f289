import type { Migration } from './migration.ts';

export const datasets: Migration = {
  version: 2,
  sql: `
-- extras: JSON of datasets/extras.ts; NULL for none. What imported data sets say beside classes and shapes is kept there and written back.
ALTER TABLE images ADD COLUMN extras TEXT;
ALTER TABLE classes ADD COLUMN extras TEXT;
ALTER TABLE shapes ADD COLUMN extras TEXT;

-- Name of the part of the data set that the image belongs to, such as train; NULL for none.
ALTER TABLE images ADD COLUMN split TEXT;
CREATE INDEX images_by_split ON images (split);

-- What another model makes of an instance's stored prompt, until a person has looked at it. iou: with the instance's own shape.
CREATE TABLE proposals (
  instance INTEGER PRIMARY KEY REFERENCES instances (id) ON DELETE CASCADE,
  shape BLOB NOT NULL,
  provenance TEXT NOT NULL,
  iou REAL NOT NULL
) STRICT;
`,
};
