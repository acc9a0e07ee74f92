# spinnlab_python_module(NAME SOURCES a.cpp ... USES base ...)
#
# A nanobind module for the interpreter that SPINNLAB_PYTHON names, with its typed stub; both stand
# beside the package's sources, where an editable installation finds them.
function(spinnlab_python_module name)
    cmake_parse_arguments(MODULE "" "" "SOURCES;USES" ${ARGN})
    execute_process(COMMAND ${SPINNLAB_PYTHON} -m nanobind --cmake_dir
                    OUTPUT_VARIABLE nanobind_DIR OUTPUT_STRIP_TRAILING_WHITESPACE
                    COMMAND_ERROR_IS_FATAL ANY)
    set(Python_EXECUTABLE ${SPINNLAB_PYTHON})
    find_package(Python 3.11 REQUIRED COMPONENTS Interpreter Development.Module)
    find_package(nanobind CONFIG REQUIRED)
    set(package ${PROJECT_SOURCE_DIR}/python/spinnlab)
    nanobind_add_module(spinnlab_${name} ${MODULE_SOURCES})
    spinnlab_link(spinnlab_${name} PRIVATE ${MODULE_USES})
    target_include_directories(spinnlab_${name} PRIVATE ${PROJECT_SOURCE_DIR}/src)
    set_target_properties(spinnlab_${name} PROPERTIES
        OUTPUT_NAME _${name} LIBRARY_OUTPUT_DIRECTORY ${package})
    nanobind_add_stub(spinnlab_${name}_stub
        MODULE _${name} OUTPUT ${package}/_${name}.pyi PYTHON_PATH ${package}
        DEPENDS spinnlab_${name})
endfunction()
