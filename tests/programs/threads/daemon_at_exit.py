# A thread that is still at work when the main program ends is waited for; atexit functions come after it.
import atexit, threading
done = threading.Event()
def work():
    done.wait()
    print("worker ends")
atexit.register(print, "atexit")
threading.Thread(target=work).start()
threading.Thread(target=threading.Event().wait, daemon=True).start()
print("main ends", flush=True)
done.set()
