// SPDX-License-Identifier: Apache-2.0
#include "aplx_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>

#include "aplx.hpp"
#include "spinnlab/base/errors.hpp"

namespace spinnlab::machine_app {
namespace {

std::string describe(const AplxOperation& operation) {
    switch (operation.code) {
        case AplxCode::CopyAbsolute:
            return fmt::format("copy {} bytes from 0x{:08x} to 0x{:08x}", operation.third,
                               operation.second, operation.address);
        case AplxCode::CopyRelative:
            return fmt::format("copy {} bytes to 0x{:08x}", operation.third, operation.address);
        case AplxCode::Fill:
            return fmt::format("fill {} bytes at 0x{:08x} with 0x{:08x}", operation.second,
                               operation.address, operation.third);
        case AplxCode::Execute: return fmt::format("execute 0x{:08x}", operation.address);
    }
    throw InternalError("an operation that read_aplx does not give");
}

}  // namespace

void write_aplx(const std::string& elf_path, const std::string& image_path) {
    const auto image = make_aplx(read_elf(read_file(elf_path), elf_path), elf_path);
    // Under another name first: a reader, or a build that is broken off, never meets half an image.
    const std::string unfinished = fmt::format("{}.{}", image_path, ::getpid());
    std::ofstream file(unfinished, std::ios::binary);
    file.write(reinterpret_cast<const char*>(image.data()),
               static_cast<std::streamsize>(image.size()));
    file.close();
    if (!file || std::rename(unfinished.c_str(), image_path.c_str()) != 0) {
        (void)std::remove(unfinished.c_str());
        throw MachineError(
            fmt::format("{}: cannot be written.", image_path),
            "Check that the folder exists, that you may write there, and that the disk has room.");
    }
}

std::string describe_aplx(const std::string& image_path) {
    std::string text;
    for (const AplxOperation& operation : read_aplx(read_file(image_path), image_path)) {
        text += describe(operation) + "\n";
    }
    return text;
}

void add_aplx_command(CLI::App& app) {
    struct Request {
        std::string input;
        std::string output;
    };
    auto* command = app.add_subcommand(
        "aplx", "Make an APLX image from an ELF file, or tell what an image does");
    // Shared with the callback, which CLI11 keeps for as long as the app lives.
    const auto request = std::make_shared<Request>();
    command->add_option("input", request->input, "An ELF file, or an image to describe")
        ->required();
    command->add_option("output", request->output, "The image to write");
    command->callback([request] {
        if (!request->output.empty()) {
            write_aplx(request->input, request->output);
        } else {
            std::cout << describe_aplx(request->input);
        }
    });
}

}  // namespace spinnlab::machine_app
