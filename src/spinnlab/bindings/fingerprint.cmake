# spinnlab_core_sources(OUT): the files that sources.txt stands for, sorted, relative to the project.
# As a script (cmake -DROOT=... -DHEADER=... -P) it writes the header with their fingerprint: the SHA-256
# of one line "SHA-256, two blanks, path" a file.
function(spinnlab_core_sources root out)
    file(STRINGS ${root}/src/spinnlab/bindings/sources.txt places REGEX "^[^#]")
    set(found)
    # A build looks again for new files; in a script there is nothing to configure again.
    set(again CONFIGURE_DEPENDS)
    if(CMAKE_SCRIPT_MODE_FILE)
        set(again)
    endif()
    foreach(place ${places})
        if(IS_DIRECTORY ${root}/${place})
            file(GLOB_RECURSE inside ${again} RELATIVE ${root} ${root}/${place}/*)
            list(APPEND found ${inside})
        else()
            list(APPEND found ${place})
        endif()
    endforeach()
    list(FILTER found EXCLUDE REGEX "(_test\\.cpp|\\.md)$")
    list(SORT found)
    set(${out} ${found} PARENT_SCOPE)
endfunction()

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
    spinnlab_core_sources(${ROOT} files)
    set(lines "")
    foreach(file ${files})
        file(SHA256 ${ROOT}/${file} digest)
        string(APPEND lines "${digest}  ${file}\n")
    endforeach()
    string(SHA256 fingerprint "${lines}")
    file(WRITE ${HEADER} "// SPDX-License-Identifier: Apache-2.0\n#pragma once\n\n"
        "namespace spinnlab::bindings {\n"
        "inline constexpr char core_sources[] = \"spinnlab sources ${fingerprint}\";\n"
        "}  // namespace spinnlab::bindings\n")
endif()
