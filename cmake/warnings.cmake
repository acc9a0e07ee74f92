# One interface target carries warnings, sanitizers, line counts and assertions to every target of ours.
add_library(spinnlab_options INTERFACE)
# Three of GCC 12's warnings cry wolf inside std::vector (GCC bugs 105651, 100366) and are left out.
target_compile_options(spinnlab_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
    -Woverloaded-virtual $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond -Wlogical-op
    -Wno-stringop-overflow -Wno-array-bounds -Wno-restrict>)
if(SPINNLAB_WARNINGS_AS_ERRORS)
    target_compile_options(spinnlab_options INTERFACE -Werror)
endif()
if(SPINNLAB_ASSERTIONS OR CMAKE_BUILD_TYPE STREQUAL "Debug")
    target_compile_definitions(spinnlab_options INTERFACE SPINNLAB_ASSERTIONS=1)
endif()
if(SPINNLAB_SANITIZE)
    # -Wmaybe-uninitialized is unreliable on instrumented code; lines are all that a report needs.
    target_compile_options(spinnlab_options INTERFACE -fsanitize=${SPINNLAB_SANITIZE}
        -fno-omit-frame-pointer -O1 -g1 -Wno-maybe-uninitialized)
    if(SPINNLAB_SANITIZE MATCHES "undefined")
        target_compile_options(spinnlab_options INTERFACE -fno-sanitize-recover=all)
    endif()
    if(SPINNLAB_SANITIZE STREQUAL "address,undefined")
        # AddressSanitizer sees what goes through a null pointer; checked twice, every call is slow to
        # compile (a fifth of the build's time).
        target_compile_options(spinnlab_options INTERFACE -fno-sanitize=null)
    endif()
    if(SPINNLAB_SANITIZE STREQUAL "thread")
        # Boost.Asio's headers contain fences, which TSan does not model; our own code has none.
        target_compile_options(spinnlab_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
    endif()
    target_link_options(spinnlab_options INTERFACE -fsanitize=${SPINNLAB_SANITIZE})
    target_compile_definitions(spinnlab_options INTERFACE SPINNLAB_SANITIZED=1)
endif()
if(SPINNLAB_COVERAGE)
    # Not optimised: every line keeps its own counter. Threads share the counters.
    target_compile_options(spinnlab_options INTERFACE --coverage -fprofile-update=prefer-atomic)
    target_link_options(spinnlab_options INTERFACE --coverage)
endif()
