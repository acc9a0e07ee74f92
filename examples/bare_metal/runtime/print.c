// SPDX-License-Identifier: Apache-2.0
// IOBUF: text in a chain of blocks on the chip's system heap, which the host and `spinnlab machine`
// read.
#include <stdarg.h>

#include "internal.h"

typedef struct TextBlock {
    struct TextBlock* next;
    uint32_t unix_time;
    uint32_t ms;
    volatile uint32_t bytes;  // what the reader may see
    uint8_t text[];
} TextBlock;

static TextBlock* block;
static uint32_t written;

static TextBlock* new_block(void) {
    const SystemVariables* sv = SYSTEM_VARIABLES;
    TextBlock* fresh = heap_take(sv->system_heap, sizeof(TextBlock) + sv->iobuf_bytes);
    if (!fresh) {
        fail(kErrorIobuf);
    }
    fresh->next = 0;
    fresh->unix_time = sv->unix_time;
    fresh->ms = sv->ms;
    fresh->bytes = 0;
    written = 0;
    return fresh;
}

static void put(char character) {
    if (!block) {
        block = new_block();
        own_vcpu()->iobuf = block;
    }
    block->text[written++] = (uint8_t)character;
    if (character == '\n' || written == SYSTEM_VARIABLES->iobuf_bytes) {
        block->bytes = written;
    }
    if (written == SYSTEM_VARIABLES->iobuf_bytes) {
        block->next = new_block();
        block = block->next;
    }
}

static void put_padded(const char* text, uint32_t length, uint32_t width, char padding) {
    for (uint32_t i = length; i < width; i++) {
        put(padding);
    }
    for (uint32_t i = 0; i < length; i++) {
        put(text[i]);
    }
}

static void put_number(uint32_t number, uint32_t base, bool negative, uint32_t width,
                       char padding) {
    char text[12];
    uint32_t start = sizeof text;
    do {
        text[--start] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number);
    if (negative && padding == '0') {
        put('-');
        width -= width > 0;
    } else if (negative) {
        text[--start] = '-';
    }
    put_padded(&text[start], sizeof text - start, width, padding);
}

void print(const char* format, ...) {
    va_list values;
    va_start(values, format);
    for (const char* at = format; *at; at++) {
        if (*at != '%') {
            put(*at);
            continue;
        }
        at++;
        const char padding = *at == '0' ? '0' : ' ';
        uint32_t width = 0;
        while (*at >= '0' && *at <= '9') {
            width = 10 * width + (uint32_t)(*at++ - '0');
        }
        if (*at == '\0') {
            break;
        } else if (*at == 'c') {
            put((char)va_arg(values, int));
        } else if (*at == 's') {
            const char* text = va_arg(values, const char*);
            put_padded(text, string_length(text), width, ' ');
        } else if (*at == 'd') {
            const int number = va_arg(values, int);
            put_number(number < 0 ? -(uint32_t)number : (uint32_t)number, 10, number < 0, width,
                       padding);
        } else if (*at == 'u') {
            put_number(va_arg(values, unsigned), 10, false, width, padding);
        } else if (*at == 'x') {
            put_number(va_arg(values, unsigned), 16, false, width, padding);
        } else {
            put(*at);
        }
    }
    va_end(values);
}

void print_clear(void) {
    TextBlock* first = own_vcpu()->iobuf;
    if (!first) {
        return;
    }
    TextBlock* rest = first->next;
    first->next = 0;
    first->bytes = 0;
    block = first;
    written = 0;
    while (rest) {
        TextBlock* next = rest->next;
        heap_give(SYSTEM_VARIABLES->system_heap, rest);
        rest = next;
    }
}
