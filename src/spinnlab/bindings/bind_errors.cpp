// SPDX-License-Identifier: Apache-2.0
#include <nanobind/stl/string.h>

#include <string>

#include "spinnlab/base/errors.hpp"
#include "spinnlab/bindings/module.hpp"

namespace spinnlab::bindings {

namespace nb = nanobind;

namespace {

/// The Python classes; they live as long as the interpreter.
struct Classes {
    PyObject* base = nullptr;
    PyObject* network = nullptr;
    PyObject* unsupported = nullptr;
    PyObject* capacity = nullptr;
    PyObject* delay_extension = nullptr;
    PyObject* machine = nullptr;
    PyObject* run = nullptr;
    PyObject* internal = nullptr;
};
Classes& classes() {
    static Classes instance;
    return instance;
}

PyObject* make(nb::module_& module, const char* name, PyObject* base, const char* doc) {
    const std::string full = std::string("spinnlab._core.") + name;
    PyObject* made = PyErr_NewExceptionWithDoc(full.c_str(), doc, base, nullptr);
    module.attr(name) = nb::borrow(made);
    return made;
}

void raise(PyObject* type, const Error& error) {
    nb::object raised = nb::borrow(type)(error.what());
    raised.attr("way_out") = error.way_out();
    PyErr_SetObject(type, raised.ptr());
}

}  // namespace

void bind_errors(nb::module_& module) {
    Classes& c = classes();
    c.base =
        make(module, "Error", PyExc_Exception, "Something the user can mend; way_out says how.");
    c.network = make(module, "NetworkError", c.base, "A network that cannot be as described.");
    c.unsupported = make(module, "UnsupportedError", c.base, "Not there in this way of running.");
    c.capacity = make(module, "CapacityError", c.base, "A network that does not fit.");
    c.delay_extension = make(module, "DelayExtensionError", c.capacity,
                             "A delay that needs a delay core where none is allowed.");
    c.machine = make(module, "MachineError", c.base, "A machine that cannot be.");
    c.run = make(module, "RunError", c.base, "Something failed while a simulation ran.");
    c.internal = make(module, "InternalError", PyExc_Exception, "A bug of SpiNNLab.");
    nb::register_exception_translator([](const std::exception_ptr& thrown, void*) {
        const Classes& types = classes();
        try {
            std::rethrow_exception(thrown);
        } catch (const NetworkError& error) {
            raise(types.network, error);
        } catch (const UnsupportedError& error) {
            raise(types.unsupported, error);
        } catch (const DelayExtensionError& error) {
            raise(types.delay_extension, error);
        } catch (const CapacityError& error) {
            raise(types.capacity, error);
        } catch (const MachineError& error) {
            raise(types.machine, error);
        } catch (const RunError& error) {
            raise(types.run, error);
        } catch (const Error& error) {
            raise(types.base, error);
        } catch (const InternalError& error) {
            PyErr_SetString(types.internal, error.what());
        }
    });
}

}  // namespace spinnlab::bindings
