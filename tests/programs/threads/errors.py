# An exception in a thread: threading.excepthook, the default report, SystemExit in a thread; the program goes on.
import sys, threading
def fail(kind): raise kind("in thread")
def run(*args):
    t = threading.Thread(target=fail, args=args, name="worker")
    t.start(); t.join()
run(ValueError)
run(SystemExit)
old = threading.excepthook
def hook(args): print("hook", args.exc_type.__name__, args.exc_value, args.thread.name, args.exc_traceback.tb_next is not None)
threading.excepthook = hook
run(KeyError)
threading.excepthook = old
class T(threading.Thread):
    def run(self): print("run", self.name, sys.exc_info()[0])
try: raise OSError
except OSError:
    t = T(name="sub"); t.start(); t.join()
    print(sys.exc_info()[0].__name__)
