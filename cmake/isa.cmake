# spinnlab_isa_flags(PREFIX): compiles PREFIX_sse4.cpp, PREFIX_avx2.cpp and PREFIX_avx512.cpp of this
# folder for their instruction sets. Highway takes a narrower one without -maes -mpclmul, silently.
# Such a file must not emit functions that other files share (tools/check_isa_symbols.py): the linker
# might keep its copy of them for processors that lack the instructions.
function(spinnlab_isa_flags prefix)
    set(sse4 -msse4.2)
    set(avx2 -march=x86-64-v3)
    set(avx512 -march=x86-64-v4)
    foreach(isa sse4 avx2 avx512)
        set_source_files_properties(${prefix}_${isa}.cpp PROPERTIES
            COMPILE_OPTIONS "${${isa}};-maes;-mpclmul")
    endforeach()
endfunction()

# spinnlab_check_isa_symbols(NAME): a test that holds the objects of library NAME against that rule.
function(spinnlab_check_isa_symbols name)
    find_package(Python3 COMPONENTS Interpreter)
    if(SPINNLAB_TESTS AND Python3_FOUND)
        add_test(NAME ${name}:isa_symbols COMMAND ${Python3_EXECUTABLE}
            ${PROJECT_SOURCE_DIR}/tools/check_isa_symbols.py $<TARGET_OBJECTS:spinnlab_${name}>
            COMMAND_EXPAND_LISTS)
    endif()
endfunction()
