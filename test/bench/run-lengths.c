/*
 * Run lengths as COCO's format describes them, in plain C, to time ours against: a bitmap stored column by column to run
 * lengths and back, and run lengths to compressed text and back. Each makes room for what it gives, as a library's
 * function does. A bitmap stored row by row, as pictures are, has to be turned before and after; that is timed apart.
 * Arguments: a file of rows × columns bytes, the rows, the columns, rounds. Prints the best time of each in
 * milliseconds, and the number of runs and characters.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef uint32_t count_t;

static size_t encode(const uint8_t *bitmap, size_t pixels, count_t *counts) {
  size_t n = 0;
  count_t run = 0;
  uint8_t value = 0;
  for (size_t i = 0; i < pixels; i++) {
    if (bitmap[i] != value) {
      counts[n++] = run;
      run = 0;
      value = bitmap[i];
    }
    run++;
  }
  counts[n++] = run;
  return n;
}

static void decode(const count_t *counts, size_t n, uint8_t *bitmap) {
  uint8_t value = 0;
  for (size_t i = 0; i < n; i++) {
    memset(bitmap, value, counts[i]);
    bitmap += counts[i];
    value = !value;
  }
}

/* Differences to the count two before, from the fourth on, in groups of five bits, lowest first, two's complement. */
static size_t compress(const count_t *counts, size_t n, char *text) {
  size_t length = 0;
  for (size_t i = 0; i < n; i++) {
    int64_t rest = (int64_t)counts[i] - (i > 2 ? (int64_t)counts[i - 2] : 0);
    int more = 1;
    while (more) {
      int group = (int)(rest & 31);
      rest >>= 5;
      more = (group & 16) ? rest != -1 : rest != 0;
      text[length++] = (char)(48 + (more ? group | 32 : group));
    }
  }
  return length;
}

static size_t decompress(const char *text, size_t length, count_t *counts) {
  size_t n = 0;
  for (size_t at = 0; at < length;) {
    int64_t value = 0;
    int shift = 0, group;
    do {
      group = text[at++] - 48;
      value |= (int64_t)(group & 31) << shift;
      shift += 5;
    } while (group & 32);
    if (group & 16) value |= -((int64_t)1 << shift);
    if (n > 2) value += counts[n - 2];
    counts[n++] = (count_t)value;
  }
  return n;
}

enum { SQUARE = 64 };

/* Rows become columns, through squares that fit the cache whatever the sides are. */
static uint8_t *turned(const uint8_t *image, size_t rows, size_t columns) {
  uint8_t *out = malloc(rows * columns);
  uint8_t square[SQUARE][SQUARE];
  if (!out) exit(3);
  for (size_t top = 0; top < rows; top += SQUARE)
    for (size_t left = 0; left < columns; left += SQUARE) {
      size_t height = rows - top < SQUARE ? rows - top : SQUARE, width = columns - left < SQUARE ? columns - left : SQUARE;
      for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++) square[x][y] = image[(top + y) * columns + left + x];
      for (size_t x = 0; x < width; x++) memcpy(out + (left + x) * rows + top, square[x], height);
    }
  return out;
}

static double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1e3 + at.tv_nsec / 1e6;
}

int main(int arguments, char **argument) {
  if (arguments != 5) return 2;
  size_t rows = strtoul(argument[2], 0, 10), columns = strtoul(argument[3], 0, 10), pixels = rows * columns;
  int rounds = atoi(argument[4]);
  uint8_t *image = malloc(pixels);
  FILE *file = fopen(argument[1], "rb");
  if (!image || !file || fread(image, 1, pixels, file) != pixels) return 4;
  fclose(file);
  double best[6] = {1e9, 1e9, 1e9, 1e9, 1e9, 1e9};
  size_t n = 0, length = 0;
  for (int round = 0; round < rounds; round++) {
    double at[7];
    at[0] = now();
    uint8_t *bitmap = turned(image, rows, columns);
    at[1] = now();
    count_t *counts = malloc((pixels + 1) * sizeof(count_t));
    n = encode(bitmap, pixels, counts);
    at[2] = now();
    uint8_t *back = malloc(pixels);
    decode(counts, n, back);
    at[3] = now();
    uint8_t *upright = turned(back, columns, rows);
    at[4] = now();
    char *text = malloc(7 * n + 1);
    length = compress(counts, n, text);
    at[5] = now();
    count_t *again = malloc(length * sizeof(count_t));
    if (decompress(text, length, again) != n) return 5;
    at[6] = now();
    if (memcmp(upright, image, pixels) || memcmp(counts, again, n * sizeof(count_t))) return 6;
    for (int k = 0; k < 6; k++)
      if (at[k + 1] - at[k] < best[k]) best[k] = at[k + 1] - at[k];
    free(bitmap), free(counts), free(back), free(upright), free(text), free(again);
  }
  printf("{\"turn\":%.3f,\"encode\":%.3f,\"decode\":%.3f,\"turnBack\":%.3f,\"compress\":%.3f,\"decompress\":%.3f,\"runs\":%zu,\"characters\":%zu}\n", best[0], best[1], best[2], best[3], best[4], best[5], n, length);
  return 0;
}
